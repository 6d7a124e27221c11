"""A test that takes down what the others of its file use is marked `last`, and comes last."""

from __future__ import annotations


def pytest_collection_modifyitems(items):
    for item in [each for each in items if each.get_closest_marker("last")]:
        items.remove(item)
        mates = [place for place, each in enumerate(items) if each.path == item.path]
        items.insert(mates[-1] + 1 if mates else len(items), item)
