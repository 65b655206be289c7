"""Dates as they are written: what is read, what is refused, and that nothing is invented."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.dates import first_day, iso, last_day, precision

DAYS = st.dates(date(1000, 1, 2), date(2099, 12, 30)).filter(lambda day: day != date(1970, 1, 1))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("2024-3-5", "2024-03-05"),
        ("2024/03/05", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("20240305123000", "2024-03-05"),
        ("2024-03-05T23:30:00-05:00", "2024-03-06"),
        ("2024-03-05 23:30:00.123 +0800", "2024-03-05"),
        ("D:20240305233000-05'00'", "2024-03-06"),
        ("D:20240305233000Z00'00'", "2024-03-05"),
        ("D:202403", "2024-03"),
        ("Tue, 05 Mar 2024 23:30:00 -0500", "2024-03-06"),
        ("Tue Mar  5 23:30:00 2024", "2024-03-05"),
        ("March 5th, 2024", "2024-03-05"),
        ("5 Mar 2024", "2024-03-05"),
        ("Mar 2024", "2024-03"),
        ("2024年3月5日", "2024-03-05"),
        ("2024年3月", "2024-03"),
        ("2024年", "2024"),
        ("1700000000", "2023-11-14"),
        (1700000000123, "2023-11-14"),
        ("1700000000123456", "2023-11-14"),
        (1700000000123456789, "2023-11-14"),
        (20240131, "2024-01-31"),
        (2024, "2024"),
        ("13/04/2024", "2024-04-13"),
        ("04/13/2024", "2024-04-13"),
        ("03/04/2024", "2024"),  # two conventions, two days
        ("12/11/2024", "2024"),
        ("11/12/2024", "2024"),
        ("12/12/2024", "2024-12-12"),
        ("05.03.2024", "2024"),
    ],
)
def test_what_is_written_is_read(written: object, read: str) -> None:
    assert iso(written) == read


@pytest.mark.parametrize(
    "written",
    ["", "May", "12", "123456", "2024-13-01", "2024-02-30", "not a date", "0001-01-01", 0, 17, True, None, [],
     "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", float("nan"), float("inf"), 1e300, "9" * 50,
     "Tue, 99 Mar 2024 23:30:00 -0500", "2024-03-05" * 20],
)  # fmt: skip
def test_what_is_no_date_is_none(written: object) -> None:
    assert iso(written) is None


FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "D:%Y%m%d", "%Y年%m月%d日"]


@given(DAYS, st.sampled_from(FORMS))
def test_a_written_day_comes_back(day: date, form: str) -> None:
    written = day.strftime(form).replace(day.strftime("%Y"), f"{day.year:04}")
    assert iso(written) == day.isoformat()


@given(DAYS, st.sampled_from(["%Y", "%Y-%m", "%B %Y", "%Y年%m月"]))
def test_no_day_and_no_month_is_invented(day: date, form: str) -> None:
    written = day.strftime(form).replace(day.strftime("%Y"), f"{day.year:04}")
    found = iso(written)
    assert found is not None and found == day.isoformat()[: len(found)]
    assert precision(found) == ("year" if form == "%Y" else "month")


@given(DAYS, st.integers(-14 * 60, 14 * 60), st.integers(0, 86399))
def test_a_moment_is_the_day_in_utc(day: date, minutes: int, second: int) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(minutes=minutes)))
    moment += timedelta(seconds=second)
    expected = moment.astimezone(UTC).date().isoformat()
    if not expected.startswith("1970-01-01"):
        assert iso(moment.isoformat()) == iso(moment) == expected
        assert iso(format_datetime(moment)) == expected


@given(DAYS, DAYS)
def test_text_order_is_date_order(one: date, other: date) -> None:
    assert (iso(one) < iso(other)) == (one < other)  # type: ignore[operator]


@given(DAYS, st.sampled_from([4, 7, 10]))
def test_the_ends_of_a_date_enclose_its_days(day: date, length: int) -> None:
    found = day.isoformat()[:length]
    assert first_day(found) <= day.isoformat() <= last_day(found)
    assert date.fromisoformat(first_day(found)) <= date.fromisoformat(last_day(found))
    after = date.fromisoformat(last_day(found)) + timedelta(1)
    assert after.isoformat()[:length] > found


@given(st.text(max_size=40) | st.integers() | st.floats())
def test_anything_is_a_date_or_none(value: object) -> None:
    found = iso(value)
    assert found is None or (date.fromisoformat(first_day(found)) and precision(found))
