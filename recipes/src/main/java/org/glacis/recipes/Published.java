package org.glacis.recipes;

/**
 * A figure that somebody published for the same experiment.
 *
 * @param metric the name that it has in {@code summary.json}
 * @param value a share in [0, 1], or an error
 * @param source where it stands
 */
public record Published(String metric, double value, String source) {}
