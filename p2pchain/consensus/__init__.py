"""The voting algorithm as a state machine: Tendermint, one height at a time, no clock and no network."""
