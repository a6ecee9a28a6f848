#!/bin/sh
# Deliberately wrong: material for the tests of the analysers.
for f in $(ls *.conf); do
	rm $f
done
