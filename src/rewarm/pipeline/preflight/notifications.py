"""Destinations of notifications that cannot work: a program that is not found, a URL that is not there."""

import os
import shutil
from collections.abc import Iterator

from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe import webhook_url


def check(subject: Subject) -> Iterator[Finding]:
    """Warnings: training runs without its notifications too. No URL is named."""
    where = subject.at("train", "notify")
    for one in subject.recipe.train.notify if subject.trains else []:
        if one.command and shutil.which(one.command[0]) is None:
            what = f"the program {one.command[0]} is not found."
            yield Finding("warning", "train.notify", where, what, "Give its path, or install it.")
        if one.url_env:
            url = os.environ.get(one.url_env, "")
            refused = webhook_url.fault_of(url)
            if refused:
                fault = f"holds a URL that {refused}" if url else "is not set"
                what = f"the environment variable {one.url_env} {fault}."
                yield Finding(
                    "warning", "train.notify", where, what, f"Set {one.url_env} to the webhook's URL."
                )
