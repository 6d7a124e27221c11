"""A peer that draws at random, by Python's own library: the line's other end in small.

It fails where it is asked for trial 3 of a search from seed 13, and is gone where the seed is 14.
"""

import json
import random
import sys

state = {}


def drawn(chance, kind, entry):
    if kind.startswith("Categorical"):
        return chance.choice(entry["Values"])
    low, high = float(entry["MinValue"]), float(entry["MaxValue"])
    return chance.randint(int(low), int(high)) if kind[0] == "I" else chance.uniform(low, high)


def configuration():
    ranges = state["ranges"]
    return {e["Name"]: drawn(state["chance"], kind, e) for kind in ranges for e in ranges[kind]}


for line in sys.stdin:
    ((verb, given),) = json.loads(line).items()
    answer = {}
    if verb == "start":
        state = {**given, "chance": random.Random(given["seed"]), "open": set()}
        answer = {"version": "0.fake"}
    elif verb == "ask":
        if state["seed"] == 14:
            break
        if state["seed"] == 13 and given == 3:
            answer = {"error": "Traceback:\nValueError: no luck"}
        else:
            state["open"].add(given)
            answer = {"configuration": configuration()}
    elif verb == "tell":
        state["open"].remove(given[0])
    elif verb == "report":
        number, epoch, value, last = given
        answer = {"go_on": epoch < 2 and not last}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
