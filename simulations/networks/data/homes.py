"""Where each data set is published, and the checksums of what is published there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Home:
    """The files that a data set is published as.

    Attributes:
        address: what the files' names are put after.
        sums: of each file, its MD5 checksum.
        archive: the folder that the files unpack to, or nothing if they are used as they are.
    """

    address: str
    sums: Mapping[str, str]
    archive: str = ""


_KRIZHEVSKY = "https://www.cs.toronto.edu/~kriz/"

HOMES: dict[str, Home] = {
    "mnist": Home(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        {
            "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        },
    ),
    "fashion-mnist": Home(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        {
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
    "cifar10": Home(
        _KRIZHEVSKY,
        {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
        "cifar-10-batches-bin",
    ),
    "cifar100": Home(
        _KRIZHEVSKY,
        {"cifar-100-binary.tar.gz": "03b5dce01913d631647c71ecec9e9cb8"},
        "cifar-100-binary",
    ),
    "cub200": Home(
        "https://data.caltech.edu/records/65de6-vp158/files/",
        {"CUB_200_2011.tgz": "97eceeb196236b17998738112f37df78"},
        "CUB_200_2011",
    ),
}
