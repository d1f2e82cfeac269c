"""The harbour's tide table: the next high water, by a clock that never stands still."""

import os
import time

from pier import App

# From one high water to the next: twelve hours and twenty-five minutes.
ROUND = 12 * 3600 + 25 * 60

app = App()


def next_high_water(now):
    return now + ROUND - now % ROUND


@app.get("/")
def table():
    at = time.strftime("%H:%M", time.gmtime(next_high_water(time.time())))
    return f"<h1>Tides</h1>\n<p>Next high water at {at} UTC</p>\n"


@app.get("/next")
def next_one():
    return {"high_water": int(next_high_water(time.time()))}


app.run(port=int(os.environ.get("PORT", "5000")))
