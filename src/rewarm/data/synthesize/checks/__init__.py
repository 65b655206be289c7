"""Whether an output may be used: faithful, on topic, no copy, no refusal, no pattern."""
