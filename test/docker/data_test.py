"""What a member does to its data folder before Patroni starts."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest.mock import Mock, patch

import data
from mounted import Problem


class Data(unittest.TestCase):
    def setUp(self):
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = scratch / "pgdata"
        self.incomplete = scratch / "pgdata.incomplete"
        self.withdraw = Mock(return_value=False)
        self.is_first = True
        for name, fake in {
            "DATA": self.folder,
            "INCOMPLETE": self.incomplete,
            "withdraw_bootstrap": self.withdraw,
            "may_bootstrap": lambda: self.is_first,
            "SOCKET": scratch,
            "log": lambda _: None,
        }.items():
            self.enterContext(patch.object(data, name, fake))
        self.enterContext(patch.dict(os.environ, POSTGRES_MAJOR="17"))

    def make(self, version="17", complete=True):
        (self.folder / "global").mkdir(parents=True)
        (self.folder / "PG_VERSION").write_text(f"{version}\n")
        if complete:
            (self.folder / "global/pg_control").touch()


class Prepare(Data):
    def test_marks_what_is_still_to_be_made(self):
        data.prepare_data()
        self.assertTrue(self.incomplete.exists())
        self.folder.mkdir()
        self.incomplete.unlink()
        data.prepare_data()
        self.assertTrue(self.incomplete.exists())

    def test_keeps_data_and_closes_the_folder_to_the_group(self):
        self.make()
        self.folder.chmod(0o770)
        data.prepare_data()
        self.assertTrue((self.folder / "global/pg_control").exists())
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        self.assertFalse(self.incomplete.exists())
        self.withdraw.assert_not_called()

    def test_refuses_data_of_another_version_and_leaves_them(self):
        self.make(version="16")
        with self.assertRaisesRegex(Problem, "of Postgres 16, this image is 17"):
            data.prepare_data()
        self.assertTrue((self.folder / "PG_VERSION").exists())

    def test_refuses_files_that_it_does_not_know_and_leaves_them(self):
        self.folder.mkdir()
        (self.folder / "mine").touch()
        with self.assertRaisesRegex(Problem, "no PG_VERSION"):
            data.prepare_data()
        self.assertTrue((self.folder / "mine").exists())


class CutShort(Data):
    """The member was killed while its data was created or copied."""

    def setUp(self):
        super().setUp()
        self.incomplete.touch()

    def test_copy_that_lacks_its_last_file_is_made_anew(self):
        self.is_first = False
        self.make(complete=False)
        data.prepare_data()
        self.assertFalse(self.folder.exists())
        self.assertTrue(self.incomplete.exists())
        self.withdraw.assert_not_called()

    def test_copy_that_has_its_last_file_is_kept(self):
        self.make()
        data.prepare_data()
        self.assertTrue((self.folder / "global/pg_control").exists())

    def test_new_cluster_that_was_not_finished_is_made_anew(self):
        self.withdraw.return_value = True
        self.make()
        data.prepare_data()
        self.assertFalse(self.folder.exists())

    def test_beginning_without_a_folder_begins_again(self):
        self.withdraw.return_value = True
        data.prepare_data()
        self.withdraw.assert_called_once_with()
        self.assertTrue(self.incomplete.exists())


class Socket(Data):
    def test_of_a_killed_server_goes_and_nothing_else(self):
        names = [".s.PGSQL.5432", ".s.PGSQL.5432.lock", "pgpass"]
        for name in names:
            (data.SOCKET / name).touch()
        data.remove_socket()
        self.assertEqual([(data.SOCKET / name).exists() for name in names], [0, 0, 1])


if __name__ == "__main__":
    unittest.main()
