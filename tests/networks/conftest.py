"""Small data sets of every form, in folders of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.networks.data_files import (
    BATCHES,
    shrink,
    write_binary,
    write_cub,
    write_idx,
    write_pickled,
    write_sheets,
)


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small MNIST, not packed; its folder."""
    shrink(monkeypatch, "mnist", 5, 3)
    write_idx(tmp_path / "mnist", packed=False)
    return tmp_path / "mnist"


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in binary files; their folder."""
    shrink(monkeypatch, "cifar10", 10, 2)
    folder = tmp_path / "cifar-10-batches-bin"
    write_binary(folder, [f"{name}.bin" for name in (*BATCHES, "test_batch")], 1, 10)
    return folder


@pytest.fixture
def pickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in pickles; their folder."""
    shrink(monkeypatch, "cifar10", 10, 2)
    folder = tmp_path / "cifar-10-batches-py"
    write_pickled(folder, [*BATCHES, "test_batch"], "labels", 10)
    return folder


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in pictures; their folder."""
    pytest.importorskip("PIL")
    shrink(monkeypatch, "cifar10", 10, 2)
    write_sheets(tmp_path / "cifar10")
    return tmp_path / "cifar10"


@pytest.fixture
def birds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six birds; their folder."""
    pytest.importorskip("PIL")
    shrink(monkeypatch, "cub200", 4, 2)
    write_cub(tmp_path / "CUB_200_2011")
    return tmp_path / "CUB_200_2011"
