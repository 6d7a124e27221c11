"""Archives and digests depend on contents alone."""

from __future__ import annotations

import io
import os
import tarfile

import pytest

from orchestrator.definition.pack import digest_tree, file_digest, pack_source
from orchestrator.errors import BadInput


def tree(folder, *, mode=0o644, moment=1_000):
    folder.mkdir()
    for name, text in {"train.py": "print(1)", "lib/a.py": "a", "lib/b.py": "b"}.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        os.utime(file, (moment, moment))
    return folder


def names(archive):
    with tarfile.open(archive) as opened:
        return opened.getnames()


def test_equal_contents_give_equal_bytes(tmp_path):
    one, two = tmp_path / "1.tar.gz", tmp_path / "2.tar.gz"
    first = pack_source(tree(tmp_path / "a"), one)
    second = pack_source(tree(tmp_path / "b", mode=0o600, moment=9), two)
    assert one.read_bytes() == two.read_bytes()
    assert first == second


def test_other_contents_give_another_digest(tmp_path):
    source = tree(tmp_path / "a")
    first = pack_source(source, tmp_path / "1")
    (source / "train.py").write_text("print(2)")
    assert pack_source(source, tmp_path / "2") != first


def test_files_stand_at_the_root_in_order_without_owner_or_time(tmp_path):
    source = tree(tmp_path / "a")
    (source / "train.py").chmod(0o700)
    pack_source(source, tmp_path / "out")
    assert names(tmp_path / "out") == ["lib/a.py", "lib/b.py", "train.py"]
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "out").read_bytes())) as opened:
        modes = {entry.name: oct(entry.mode) for entry in opened}
        assert modes == {"lib/a.py": "0o644", "lib/b.py": "0o644", "train.py": "0o755"}
        assert {(entry.mtime, entry.uid, entry.gid, entry.uname) for entry in opened} == {
            (0, 0, 0, "")
        }


def test_litter_and_what_the_ignore_file_names_stay_out(tmp_path):
    source = tree(tmp_path / "a")
    for name in (".git/config", "__pycache__/x", ".amt/s", ".venv/p", "lib/c.pyc", "data/big.bin"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text("x")
    (source / ".amtignore").write_text("# large\ndata/\nlib/b.*\n")
    pack_source(source, tmp_path / "out")
    assert names(tmp_path / "out") == ["lib/a.py", "train.py"]


def test_a_script_alone_is_packed_under_its_name(tmp_path):
    pack_source(tree(tmp_path / "a") / "train.py", tmp_path / "out")
    assert names(tmp_path / "out") == ["train.py"]


def test_a_link_that_leads_out_is_refused(tmp_path):
    source = tree(tmp_path / "a")
    (tmp_path / "secret").write_text("x")
    (source / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput, match="leads out of the source"):
        pack_source(source, tmp_path / "out")


def test_links_that_stay_inside_are_kept(tmp_path):
    source = tree(tmp_path / "a")
    (source / "main.py").symlink_to("train.py")
    (source / "more").symlink_to(source / "lib")
    pack_source(source, tmp_path / "out")
    with tarfile.open(tmp_path / "out") as opened:
        opened.extractall(tmp_path / "there", filter="data")
    assert (tmp_path / "there" / "main.py").read_text() == "print(1)"
    assert (tmp_path / "there" / "more" / "a.py").read_text() == "a"


def test_an_empty_source_is_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no file"):
        pack_source(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_digest_of_a_tree_sees_names_and_contents(tmp_path):
    digests = {"a.csv": file_digest(tree(tmp_path / "a") / "train.py"), "b/c.csv": "0"}
    first = digest_tree(digests)
    assert digest_tree(dict(reversed(digests.items()))) == first
    assert digest_tree({"other.csv": digests["a.csv"], "b/c.csv": "0"}) != first
    assert digest_tree({**digests, "b/c.csv": "1"}) != first
