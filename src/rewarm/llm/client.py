"""Asks a model: cache first, then the server, within rate and budget.

An attempt that fails in a way that passes (429, 5xx, timeouts, broken bodies) is repeated after a growing,
random wait. When all attempts of a request fail, the question is whose fault it is: if the server still
answers a trivial request, this one is rejected, else the server is gone and the client stops. Only answers
are cached, and answers that the schema rejects `invalid_attempts` times, which would cost the same again;
faults are not.
"""

import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from rewarm.corpus.io.wheel import cache_dir
from rewarm.errors import RewarmError
from rewarm.llm.answer import Answer, Invalid
from rewarm.llm.cache import Cache
from rewarm.llm.rate import Bucket
from rewarm.llm.request import Request, address, body, most_input_tokens
from rewarm.llm.server import Fault, Reply, Server
from rewarm.llm.spending import BudgetReached, Spending, Spent
from rewarm.llm.structured import NotValid, validated, without_reasoning
from rewarm.recipe.llm import Llm

_LONGEST_WAIT = 60.0
# They say that no request will succeed.
_HOPELESS = {"http.401", "http.402", "http.403", "http.404"}
# So many requests fail before any succeeds: then the settings are wrong, though the server answers.
_MOST_FAULTS = 3
_TRIVIAL_TOKENS, _TRIVIAL_ATTEMPTS = 16, 3


class Client:
    """One model. Safe for threads; `journal` is the file that the run's spending is written to."""

    def __init__(self, llm: Llm, journal: Path) -> None:
        self.llm = llm
        self.spending = Spending(journal, llm.budget, llm.prices)
        self._server = Server(llm)
        self._cache = Cache(llm.cache or cache_dir() / "llm")
        self._requests = Bucket(llm.requests_per_minute)
        self._tokens = Bucket(llm.tokens_per_minute)
        self._successes = 0
        self._faults = 0
        self._stopping = threading.Event()

    def close(self) -> None:
        """Close open connections; `contextlib.closing` does so at the end of a block."""
        self._server.close()

    def ask(self, request: Request) -> Answer:
        """The answer, from the cache or the server.

        Raises BudgetReached, and RewarmError where the server cannot be used; an answer that cannot be
        used comes back with `rejected`.
        """
        first = body(request, self.llm)
        where = address(first, self.llm, request.variant)
        found = self._cache.get(where)
        if found is None:
            with self._cache.asking(where):
                # Another process may have asked while this one waited.
                found = self._cache.get(where) or self._asked(request, first, where)
        return found

    def ask_all(
        self,
        requests: Iterable[Request],
        done: Callable[[int, Answer], None],
        progress: Callable[[Spent], None] = lambda _: None,
    ) -> None:
        """Ask many, `concurrency` at a time. `done` gets number and answer as they come, in this thread.

        Requests are drawn only as fast as they are asked. When one raises, the running ones end, their
        answers are kept, and the error is raised.
        """
        numbered = enumerate(requests)
        running: dict[Future[Answer], int] = {}
        failed: BaseException | None = None
        with ThreadPoolExecutor(self.llm.concurrency, thread_name_prefix="llm") as pool:
            try:
                while True:
                    while failed is None and len(running) < self.llm.concurrency:
                        entry = next(numbered, None)
                        if entry is None:
                            break
                        running[pool.submit(self.ask, entry[1])] = entry[0]
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        number = running.pop(future)
                        error = future.exception()
                        if error is not None:
                            failed = failed or error
                            self._stopping.set()
                        else:
                            done(number, future.result())
                    progress(self.spending.so_far())
            except BaseException:
                self._stopping.set()
                raise
            finally:
                for future in running:
                    future.cancel()
        self._stopping.clear()
        if failed is not None:
            raise failed

    def _asked(self, request: Request, first: dict[str, Any], where: str) -> Answer:
        invalid: list[Invalid] = []
        used_in = used_out = 0
        sent = first
        text = ""
        for attempt in range(self.llm.invalid_attempts):
            try:
                reply, tokens = self._replied(sent)
            except _Rejected as fault:
                return Answer(where, "", rejected=fault.reason, invalid=invalid)
            used_in, used_out = used_in + tokens[0], used_out + tokens[1]
            text, data, fault_found = reply.text, None, ""
            try:
                text = without_reasoning(reply.text)
                data = validated(text, request.schema) if request.schema is not None else None
                if reply.finish == "length" and request.schema is None:
                    raise NotValid("cut: the answer reached max_tokens")
                if not text.strip():
                    raise NotValid("empty: the answer has no text")
            except NotValid as error:
                fault_found = (
                    f"cut: {error}" if reply.finish == "length" and "cut" not in str(error) else str(error)
                )
            if not fault_found:
                answer = Answer(where, text, data, "", invalid, used_in, used_out)
                self._cache.put(answer, first)
                return answer
            invalid.append(Invalid(reply.text, fault_found))
            sent = _again(first, reply.text, fault_found, attempt + 1)
        answer = Answer(where, text, None, invalid[-1].reason, invalid, used_in, used_out)
        self._cache.put(answer, first)
        return answer

    def _replied(self, sent: dict[str, Any]) -> tuple[Reply, tuple[int, int]]:
        """A reply, and the input and output tokens that it is taken to have used."""
        most = most_input_tokens(sent), int(sent[self.llm.output_limit])
        for attempt in range(1, self.llm.attempts + 1):
            self._tokens.take(sum(most))
            self._requests.take(1)
            name = self.spending.reserve(*most)
            try:
                reply = self._server.send(sent)
            except Fault as fault:
                if fault.billed:
                    self.spending.leave(name)
                else:
                    self.spending.settle(name, 0, 0)
                    self._tokens.give_back(sum(most))
                if not fault.passes or attempt == self.llm.attempts:
                    raise self._last(fault, attempt) from None
                self._stopping.wait(self._wait(attempt, fault.wait))
                if self._stopping.is_set():
                    raise self._last(fault, attempt) from None
                continue
            except BaseException:
                self.spending.leave(name)
                raise
            tokens = (
                most[0] if reply.input_tokens is None else reply.input_tokens,
                most[1] if reply.output_tokens is None else reply.output_tokens,
            )
            self.spending.settle(name, *tokens)
            self._tokens.give_back(max(0, sum(most) - sum(tokens)))
            self._successes += 1
            return reply, tokens
        raise AssertionError("attempts is at least 1")

    def _last(self, fault: Fault, attempts: int) -> Exception:
        """What the last fault of a request means: for it alone, or for all."""
        if fault.reason not in _HOPELESS and not self._stopping.is_set():
            self._faults += 1
            settings_work = self._successes or self._faults < _MOST_FAULTS
            if settings_work and self._alive():
                return _Rejected(f"{fault.reason}: {fault.detail}")
        remedy = {
            "http.401": f"Set {self.llm.key} to a valid key",
            "http.403": f"The key in {self.llm.key} has no access",
            "http.404": f"Check `url`, and that the server has the model {self.llm.model!r}",
            "http.400": "If it does not know a field, see `structured`, `output_limit` and `temperature`",
        }.get(fault.reason, "Every answer so far stays; run the same command again when the server answers")
        times = f"{attempts} attempt{'s' * (attempts > 1)}"
        return RewarmError(f"llm: {self.llm.url}: {fault.reason} after {times}: {fault.detail}. {remedy}")

    def _alive(self) -> bool:
        """Whether the server answers a trivial request, which counts in the budget like any other."""
        sent = body(Request("Answer in one word.", "Say yes.", max_tokens=_TRIVIAL_TOKENS), self.llm)
        for attempt in range(1, min(_TRIVIAL_ATTEMPTS, self.llm.attempts) + 1):
            try:
                name = self.spending.reserve(most_input_tokens(sent), _TRIVIAL_TOKENS)
            except BudgetReached:
                return False
            try:
                self._server.send(sent)
                return True
            except Fault as fault:
                self._stopping.wait(self._wait(attempt, fault.wait))
            finally:
                self.spending.leave(name)
        return False

    def _wait(self, attempt: int, asked: float | None) -> float:
        longest = min(_LONGEST_WAIT, self.llm.backoff * 2 ** (attempt - 1))
        return max(asked or 0.0, float(longest * (0.5 + random.random() / 2)))


class _Rejected(Exception):
    """A request that cannot be answered, while others can."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _again(first: dict[str, Any], text: str, reason: str, attempt: int) -> dict[str, Any]:
    """The body of an attempt after an answer that was not valid: with that answer and its fault."""
    told = (
        f"That answer could not be used ({reason}). Give the whole answer again, corrected, and nothing else."
    )
    # A cut answer may be long, and its repetition would be cut, too.
    messages = [
        *first["messages"],
        {"role": "assistant", "content": text[:4000] or "(nothing)"},
        {"role": "user", "content": told},
    ]
    seed = {"seed": first["seed"] + 1000 * attempt} if "seed" in first else {}
    return {**first, "messages": messages, **seed}
