"""Compose and Kubernetes understand the files in `deploy/`, and the program understands the settings in them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.settings import PREFIX, Settings
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def _lint(path: Path) -> int:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, timeout=120).returncode


def _documents() -> Iterator[Any]:
    for path in MANIFESTS:
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def _pods() -> Iterator[tuple[str, Any]]:
    for one in _documents():
        if one["kind"] == "Deployment":
            yield one["kind"], one["spec"]["template"]["spec"]
        if one["kind"] == "CronJob":
            yield one["kind"], one["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def _seconds(text: str) -> int:
    return int(re.fullmatch(r"(\d+)s", text)[1])  # type: ignore[index]


def test_compose_is_what_compose_understands(tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema")
    assert _lint(COMPOSE) == 0
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text(encoding="utf-8").replace("restart:", "restarts:"), encoding="utf-8")
    assert _lint(wrong) == 1


def test_manifests_are_what_kubernetes_understands() -> None:
    validate = pytest.importorskip("kubernetes_validate")
    kinds = [one["kind"] for one in _documents()]
    assert {"Deployment", "PodDisruptionBudget", "Service", "Ingress", "CronJob", "NetworkPolicy"} <= set(
        kinds
    )
    for one in _documents():
        validate.validate(one, "1.37", strict=True)
    deployment = next(one for one in _documents() if one["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["probe"] = {}
    with pytest.raises(validate.ValidationError):
        validate.validate(deployment, "1.37", strict=True)


def test_the_settings_are_ones_that_the_program_takes() -> None:
    config = next(one for one in _documents() if one["kind"] == "ConfigMap")["data"]
    (_, pod) = next(_pods())
    own = {e["name"]: e.get("value", "postgresql://x@10.0.0.20/x") for e in pod["containers"][0]["env"]}
    told = Settings.load(config | own)
    assert told.read_only
    assert told.database
    assert told.proxies
    assert pod["terminationGracePeriodSeconds"] > told.drain_seconds + told.grace_seconds

    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    for name in ("app-1", "app-2", "ingest"):
        env = {k: v for k, v in services[name]["environment"].items() if k != f"{PREFIX}SETTINGS"}
        found = Settings.load(env)
        assert found.read_only == (name != "ingest")
        assert _seconds(services[name]["stop_grace_period"]) > found.drain_seconds + found.grace_seconds
    proxy = services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert [str(n) for n in found.proxies] == [f"{proxy}/32"]


def test_nothing_runs_as_root_or_writes_where_it_need_not() -> None:
    for kind, pod in _pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        mounts = {m["name"]: m.get("readOnly", False) for m in container["volumeMounts"]}
        assert mounts == {"corpus": True, "index": kind == "Deployment", "tmp": False}
    composed = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    for name, one in composed["services"].items():
        assert one["read_only"], name
        assert one["user"].split(":")[0] not in ("0", "root"), name
        assert one["cap_drop"] == ["ALL"], name
        assert one["deploy"]["resources"]["limits"]["memory"], name
        assert "healthcheck" in one, name
    for name in ("app-1", "app-2"):
        assert all(volume.endswith(":ro") for volume in composed["services"][name]["volumes"])
        assert composed["services"][name]["networks"] == ["inside"]
    assert composed["networks"]["inside"]["internal"]


def test_out_of_the_pods_leads_the_database_alone() -> None:
    policies = [one["spec"] for one in _documents() if one["kind"] == "NetworkPolicy"]
    assert all("Egress" in one["policyTypes"] for one in policies)
    out = [way for one in policies for way in one.get("egress", [])]
    assert [p["port"] for way in out for p in way["ports"]] == [5432]
    assert all("ipBlock" in to for way in out for to in way["to"])


def test_the_proxy_goes_where_the_replicas_listen(tmp_path: Path) -> None:
    told = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    (upstreams,) = re.findall(r"^\s*to (.+)$", told, re.M)
    assert upstreams.split() == [f"{name}:{Settings().port}" for name in services if name.startswith("app-")]
    if not (caddy := shutil.which("caddy")):
        pytest.skip("Caddy mangler: apt-get install caddy")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        capture_output=True, text=True, timeout=60, env={"HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1000:]
