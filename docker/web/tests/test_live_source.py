import time

import pytest

import live_source
from live_source import LOOKING_SHARE, POLL_SECONDS, LiveSource


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(live_source, "APP", tmp_path)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/views.py").write_text("1")
    return tmp_path


def changes(source):
    """What changes, in names without the folder."""
    return {path.removeprefix(f"{live_source.APP}/") for path in source.changes()}


def test_what_is_changed_added_and_removed_is_noticed_once(app):
    source = LiveSource()
    assert changes(source) == set()
    (app / "pages/views.py").write_text("2")
    (app / "pages/models.py").touch()
    assert changes(source) == {"pages/views.py", "pages/models.py"}
    assert changes(source) == set()
    (app / "pages/views.py").unlink()
    assert changes(source) == {"pages/views.py"}


@pytest.mark.parametrize("folder", [".git", "node_modules", "pages/__pycache__"])
def test_folders_without_source_are_left_out(app, folder):
    source = LiveSource()
    (app / folder).mkdir()
    (app / folder / "module.py").touch()
    assert changes(source) == set()


def test_what_git_ignores_is_left_out(app):
    (app / ".gitignore").write_text("/built/\n")
    source = LiveSource()
    (app / "built").mkdir()
    (app / "built/module.py").touch()
    (app / "pages/built.py").touch()
    assert changes(source) == {"pages/built.py"}


def test_a_link_that_leads_nowhere_is_no_change(app):
    (app / "link.py").symlink_to(app / "nowhere")
    source = LiveSource()
    assert changes(source) == set()


def test_a_small_application_is_looked_at_ten_times_a_second(app):
    assert LiveSource().pause == POLL_SECONDS


def test_a_large_one_is_looked_at_less_often(app, monkeypatch):
    def last_changes(self):
        begin = time.thread_time()
        while time.thread_time() < begin + 0.02:
            pass
        return {}

    monkeypatch.setattr(LiveSource, "last_changes", last_changes)
    source = LiveSource()
    processor, clock = time.thread_time(), time.monotonic()
    for _ in range(3):
        source.changes()
    share = (time.thread_time() - processor) / (time.monotonic() - clock)
    assert share < 1.2 * LOOKING_SHARE
