package org.glacis.runtime.train;

import java.util.Map;

/**
 * What one epoch was like: a row of {@code metrics.csv}.
 *
 * @param epoch counts from 1
 * @param values by column: means over the epoch's samples, schedules at its last step, figures on
 *     the monitored samples, seconds
 */
public record EpochRecord(int epoch, Map<String, Double> values) {}
