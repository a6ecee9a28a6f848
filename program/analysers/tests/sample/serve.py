"""Deliberately wrong: material for the tests of the analysers."""
import subprocess

password = "not-a-real-one"


def ping(host):
    return subprocess.call("ping " + host, shell=True)
