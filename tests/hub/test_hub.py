"""`guide workshop` without a hub: refusals, settings of JupyterHub, accounts, bounds."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from guide_helpers import cli
from guide_helpers.errors import GuideError
from guide_helpers.hub import accounts, config, limits, opening, settings

HERE = Path(__file__).parents[2]


@pytest.fixture
def workshop(tmp_path):
    folder = tmp_path / "w"
    (folder / "hub").mkdir(parents=True)
    return settings.Workshop(folder=folder, people=3, port=9000, memory=1000, site=tmp_path)


def told(workshop):
    return json.loads(config.shown(workshop))


def test_without_rights_serve_refuses_and_offers_guide_serve(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert cli.main(["workshop", "serve", "/srv/w"]) == 2
    said = capsys.readouterr().err
    assert "sudo" in said
    assert "guide serve on each laptop" in said
    assert said.count("\n") == 1


def test_without_rights_end_refuses(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert cli.main(["workshop", "end", str(tmp_path)]) == 2
    assert "sudo" in capsys.readouterr().err


def test_a_host_without_jupyterhub_is_told_what_to_type(monkeypatch, workshop):
    monkeypatch.setattr(opening, "need_root", lambda action: None)
    monkeypatch.setattr(opening, "NEEDED", ("no_such_package_here",))
    with pytest.raises(GuideError, match=r"requirements/workshop\.txt"):
        opening.prepare(workshop)
    assert not list(workshop.hub.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"people": 0}, "--people 0"),
        ({"people": 201}, "--people 201"),
        ({"port": 80}, "--port 80"),
        ({"memory": 100}, "--memory 100"),
        ({"idle": 0}, "--idle 0"),
        ({"site": "/no/such/site"}, "no built guide"),
        ({"notebooks": "/no/such/place"}, "no folder of notebooks"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_value(options, words):
    with pytest.raises(GuideError, match=words):
        settings.settle("/srv/w", **options)


def test_a_folder_too_long_for_sockets_is_refused():
    with pytest.raises(GuideError, match="too long for the sockets"):
        settings.settle("/srv/" + "w" * 40)


def test_dry_run_needs_no_rights_and_makes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert cli.main(["workshop", "serve", "/srv/no-such-workshop", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("useradd") == 30
    assert not Path("/srv/no-such-workshop").exists()


def test_the_hub_listens_on_this_machine_alone_unless_it_is_public(workshop):
    assert told(workshop)["JupyterHub.bind_url"] == "http://127.0.0.1:9000"
    opened = settings.replace(workshop, public=True)
    assert told(opened)["JupyterHub.bind_url"] == "http://:9000"
    assert told(opened)["JupyterHub.hub_ip"] == "127.0.0.1"
    assert told(opened)["ConfigurableHTTPProxy.api_url"] == "http://127.0.0.1:9002"


def test_only_those_on_the_list_get_in_and_nobody_is_admin(workshop):
    found = told(workshop)
    assert found["Authenticator.allowed_users"] == ["guide-01", "guide-02", "guide-03"]
    assert found["Authenticator.admin_users"] == []
    assert found["JupyterHub.admin_access"] is False


def test_servers_have_no_terminal_and_kernels_no_ports(workshop):
    arguments = told(workshop)["Spawner.args"]
    assert "--ServerApp.terminals_enabled=False" in arguments
    assert "--KernelManager.transport=ipc" in arguments


def test_servers_get_nothing_of_the_administrators_surroundings(workshop):
    assert told(workshop)["Spawner.env_keep"] == ["LANG", "LC_ALL", "PATH"]


def test_idle_servers_are_culled_after_the_time_asked_for(workshop):
    culler = told(settings.replace(workshop, idle=5))["JupyterHub.services"][0]
    assert "--timeout=300" in culler["command"]


def test_settings_are_read_as_they_were_written(workshop):
    workshop.write()
    assert settings.read(workshop.folder) == workshop


def test_the_hubs_file_is_python_that_names_the_folder(workshop):
    text = config.write(workshop).read_text("utf-8")
    compile(text, "config", "exec")
    assert repr(str(workshop.folder)) in text


def test_each_person_has_a_password_of_their_own_which_stays(workshop):
    drawn = accounts.passwords(workshop)
    assert len(set(drawn.values())) == 3
    accounts.write_passwords(workshop, drawn)
    again = accounts.passwords(settings.replace(workshop, people=4))
    assert {**again, **drawn} == again
    assert len(set(again.values())) == 4


def test_the_list_of_passwords_is_for_its_owner_alone(workshop):
    accounts.write_passwords(workshop, accounts.passwords(workshop))
    mode = (workshop.hub / "accounts.txt").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_accounts_have_no_password_no_shell_and_a_group_of_their_own(workshop):
    (command,) = accounts.commands(workshop, ["guide-01"])
    assert command[0] == "useradd"
    assert "--user-group" in command
    assert "/usr/sbin/nologin" in command
    assert "--password" not in command


def test_an_account_of_somebody_else_is_never_taken(workshop, monkeypatch):
    foreign = {"guide-02": (1001, "A person", "/home/guide-02")}
    monkeypatch.setattr(accounts, "everyone", lambda: foreign)
    monkeypatch.setattr(accounts, "run", lambda command: pytest.fail("ran"))
    with pytest.raises(GuideError, match="guide-02"):
        accounts.make(workshop)


def test_only_accounts_made_for_this_folder_are_ours(workshop, monkeypatch):
    mark, home = f"guide workshop {workshop.folder}", str(workshop.folder / "guide-01")
    found = {
        "guide-01": (1, mark, home),
        "guide-02": (2, "guide workshop /srv/other", "/srv/other/guide-02"),
        "root": (0, "root", "/root"),
    }
    monkeypatch.setattr(accounts, "everyone", lambda: found)
    assert accounts.ours(workshop.folder) == {"guide-01": 1}


def test_copies_of_notebooks_leave_links_and_hidden_files_out(tmp_path):
    (tmp_path / "a.ipynb").write_text("{}")
    (tmp_path / "link").symlink_to("/etc/passwd")
    left = accounts._left_out(str(tmp_path), ["a.ipynb", "link", ".git", "__pycache__"])
    assert left == {"link", ".git", "__pycache__"}


def test_a_place_below_a_closed_folder_is_found(tmp_path):
    (tmp_path / "shut" / "in").mkdir(parents=True)
    (tmp_path / "shut").chmod(0o700)
    tmp_path.chmod(0o755)
    assert opening.closed(tmp_path / "shut" / "in" / "python") is not None


def control(tmp_path, kind):
    if kind == "v2":
        (tmp_path / "cgroup.controllers").write_text("memory cpu pids")
    else:
        for name in ("memory", "cpu", "pids"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "cgroup.procs").write_text("")
    return tmp_path


def test_a_group_of_version_2_bounds_memory_and_processes(tmp_path):
    group = limits.Group("guide-01", 100, control(tmp_path, "v2"))
    (place,) = group.places
    assert (place / "memory.max").read_text() == str(100 << 20)
    assert (place / "pids.max").read_text() == str(limits.PROCESSES)


def test_a_group_of_version_1_bounds_memory_and_processes(tmp_path):
    group = limits.Group("guide-01", 100, control(tmp_path, "v1"))
    assert len(group.places) == 3
    at = tmp_path / "memory" / limits.TOP / "guide-01"
    assert (at / "memory.limit_in_bytes").read_text() == str(100 << 20)


def test_without_control_groups_the_limits_of_a_process_remain(tmp_path):
    assert limits.Group("guide-01", 100, tmp_path).places == ()
    code = (
        "from guide_helpers.hub.limits import bound; bound(400)\n"
        "try:\n    data = bytearray(900 << 20)\nexcept MemoryError:\n    print('held')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "held"


def test_the_workshop_lock_adds_to_the_guides_and_repeats_nothing():
    def pins(name):
        lines = (HERE / "requirements" / name).read_text("utf-8").splitlines()
        return {line.split("==")[0] for line in lines if "==" in line and line[0] != "#"}

    added = pins("workshop.txt")
    assert {"jupyterhub", "jupyterhub-idle-culler", "configurable-http-proxy"} <= added
    assert not added & pins("constraints.txt")
    text = (HERE / "requirements/workshop.txt").read_text("utf-8")
    assert text.count("--hash=sha256:") >= len(added)
    assert "://" not in text


def test_servers_are_started_beforehand_only_where_asked(workshop):
    assert [s["name"] for s in told(workshop)["JupyterHub.services"]] == ["culler", "guide"]
    ready = told(settings.replace(workshop, ready=True))
    warm = ready["JupyterHub.services"][-1]
    assert warm["command"][-3:] == ["guide-01", "guide-02", "guide-03"]
    assert ready["JupyterHub.load_roles"][1]["scopes"] == ["servers", "read:users"]


def test_a_port_in_use_is_refused_with_another(workshop):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(GuideError, match=f"port {port} cannot be used"):
            opening._need_ports(settings.replace(workshop, port=port))


def test_copies_are_written_by_the_command_and_never_over_a_folder(tmp_path, capsys):
    room = str(tmp_path / "room")
    assert cli.main(["workshop", "copies", room]) == 0
    assert list((tmp_path / "room" / "participants").glob("*.ipynb"))
    assert list((tmp_path / "room" / "instructors").glob("*.ipynb"))
    assert cli.main(["workshop", "copies", room]) == 2
