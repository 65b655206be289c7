"""The differences of two runs (`difference.between`) as lines for a terminal."""

from typing import Any

from rewarm.inspect.difference import CHANGES

_SIDES = {"only_a": "kept in A only", "only_b": "kept in B only", "edited": "edited differently"}


def lines(differences: dict[str, Any]) -> list[str]:
    """Lines for a terminal; excerpts are not escaped: the caller does that."""
    shown = [f"A  {differences['a']}", f"B  {differences['b']}"]
    for row in differences["steps"]:
        shown += ["", *_head(row)]
        if row["sources"]:
            width = max(len(source["source"]) for source in row["sources"]) + 2
            head = ("in both", "A only", "B only", "edited")
            shown.append(f"  {'source':<{width}}" + "".join(f"{name:>10}" for name in head))
            for source in row["sources"]:
                counts = "".join(f"{source[key]:>10,}" for key in ("both", *CHANGES))
                shown.append(f"  {source['source']:<{width}}{counts}")
        for item in row["reasons"]:
            shown.append(f"  {_SIDES[item['change']]}  {item['documents']:,}   {_judge(item)}")
            for example in item["examples"]:
                measured = "" if example["score"] is None else f"  {example['score']:.4g}"
                limit = "" if example["threshold"] is None else f" against {example['threshold']:.4g}"
                match = f"  match {example['match']}" if example["match"] else ""
                shown.append(f"    {example['id']}  {example['source']}{measured}{limit}{match}")
                for side, text in (("", example["excerpt"]), ("B: ", example.get("other"))):
                    if text is not None:
                        shown.append(
                            f"      {'A: ' if 'other' in example and not side else side}{_short(text)}"
                        )
    for change, names in differences["steps_missing"].items():
        if names:
            shown += ["", f"only in {'A' if change == 'only_a' else 'B'}: {', '.join(names)}"]
    return shown


def _head(row: dict[str, Any]) -> list[str]:
    said = "the same" if row["same"] and not row["settings"] else ""
    if row["same"] and row["settings"]:
        said = "the same, although settings differ"
    shown = [f"{row['step']:<12}{said}".rstrip()]
    shown += [f"  {key}: {one} → {other}" for key, (one, other) in row["settings"].items()]
    if row["code"]:
        shown.append("  rewarm's code of this step differs")
    return shown


def _judge(item: dict[str, Any]) -> str:
    who = {"only_a": "in B: ", "only_b": "in A: ", "edited": "in B: "}[item["change"]]
    return f"{who}{item['reason']}"


def _short(text: str) -> str:
    return " ".join(text.split())[:100]
