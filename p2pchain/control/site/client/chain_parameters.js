/** Made by `python -m tests.module_pages`: change the parameters there, not here. */

/** Name to lowest, highest and default, in the order in which a genesis id counts them.
 * @type {Record<string, number[]>} */
export const PARAMETERS = {
  tx_bytes_max: [1_024, 65_536, 65_536],
  tx_signers_max: [1, 16, 16],
  tx_operations_max: [1, 64, 64],
  tx_lifetime: [1, 10_000, 600],
  tx_valid_ms_max: [60_000, 31_622_400_000, 2_592_000_000],
  org_timed_max: [0, 100_000, 1_000],
  block_bytes_max: [1_024, 3_145_728, 1_048_576],
  block_transactions_max: [1, 16_384, 2_000],
  block_evidence_max: [1, 64, 16],
  operation_work_max: [20_000, 1_000_000_000, 600_000],
  tx_work_max: [20_000, 1_000_000_000, 1_000_000],
  block_work_max: [20_000, 1_000_000_000, 5_000_000],
  block_interval_min_ms: [0, 3_600_000, 50],
  empty_block_interval_ms: [1, 3_600_000, 5_000],
  timeout_propose_ms: [1, 3_600_000, 1_000],
  timeout_propose_delta_ms: [0, 3_600_000, 500],
  timeout_vote_ms: [1, 3_600_000, 500],
  timeout_vote_delta_ms: [0, 3_600_000, 250],
  timeout_cap_ms: [1, 3_600_000, 10_000],
  time_precision_ms: [0, 3_600_000, 500],
  time_delay_ms: [1, 3_600_000, 4_000],
  sit_out_heights: [0, 100_000, 16],
  sit_out_heights_max: [0, 100_000, 1_024],
  proposals_per_org: [1, 64, 8],
};

/** Pairs of which the first must not exceed the second. */
export const ORDERED = [
  ["tx_bytes_max", "block_bytes_max"],
  ["operation_work_max", "tx_work_max"],
  ["tx_work_max", "block_work_max"],
  ["block_interval_min_ms", "empty_block_interval_ms"],
  ["timeout_propose_ms", "timeout_cap_ms"],
  ["timeout_vote_ms", "timeout_cap_ms"],
  ["sit_out_heights", "sit_out_heights_max"],
];
