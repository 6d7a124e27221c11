from pathlib import PurePosixPath

from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.aws.key_path import beside, folder_text, key_of, names_of

CHARACTERS = st.one_of(
    st.sampled_from("/.%a\0+~2"), st.characters(exclude_categories=["Cs"], max_codepoint=0x1FFFF)
)
KEYS = st.text(CHARACTERS, min_size=1, max_size=40) | st.builds(
    lambda text, times: (text * times)[:500],
    st.text(CHARACTERS, min_size=1, max_size=5),
    st.integers(50, 200),
)


@given(KEYS)
@example("../../etc/passwd")
@example("/etc/passwd")
@example("x" * 255)
@example("x" * 256 + "/" + "%" * 300)
def test_every_name_is_one_harmless_name(key):
    for names in (names_of(key), beside(names_of(key))):
        assert names
        for name in names:
            assert name not in {"", ".", ".."}
            assert "/" not in name
            assert "\0" not in name
            assert len(name.encode()) <= 255
        assert ".." not in PurePosixPath(*names).parts


@given(KEYS)
@example("x" * 255)
@example("x" * 256)
@example("%+/a")
def test_a_path_leads_back_to_its_key(key):
    assert key_of(names_of(key)) == key
    assert key_of(beside(names_of(key))) == key


@given(KEYS, KEYS)
@example("a/%", "a//")
@example("a", "%a%")
def test_two_keys_never_share_a_path(one, two):
    if one != two:
        assert not {names_of(one), beside(names_of(one))} & {names_of(two), beside(names_of(two))}


NAMES = st.text(CHARACTERS.filter(lambda c: c not in "/\0"), min_size=1).filter(
    lambda name: name not in {".", ".."} and len(name.encode()) <= 255
)


@given(st.lists(NAMES, min_size=1))
@example(["%draft-1-1"])
@example(["%%25%"])
def test_a_path_that_no_key_has_is_no_object(names):
    key = key_of(names)
    assert key is None or tuple(names) in {names_of(key), beside(names_of(key))}


@given(KEYS)
def test_folders_spell_the_beginning_of_the_key(key):
    folders = names_of(key)[:-1]
    assert key.startswith("".join(map(folder_text, folders)))


def test_names_a_person_reads_stay_as_they_are():
    assert names_of("data/train/part 1.csv") == ("data", "train", "part 1.csv")
    assert names_of("a/../b//c/") == ("a", "%..", "b", "%", "c", "%")
