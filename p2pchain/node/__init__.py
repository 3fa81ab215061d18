"""The daemon: carries out the effects of the replica under one supervised Trio tree."""
