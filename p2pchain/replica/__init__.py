"""The whole node as one pure state machine: inputs in, effects out."""
