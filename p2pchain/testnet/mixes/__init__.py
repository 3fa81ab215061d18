"""Operations that ``scripts/bench --mix`` sends: a file for each trade, named after it."""
