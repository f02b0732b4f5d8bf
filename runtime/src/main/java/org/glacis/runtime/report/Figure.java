package org.glacis.runtime.report;

/**
 * A finished figure.
 *
 * @param id unique in a page; letters, digits and hyphens
 * @param title what is shown, a few words
 * @param description what a reader must know to read it, and its text for those who cannot see it
 * @param svg the whole {@code <svg>} element: it scales with its container, loads nothing, and has
 *     a white ground
 */
public record Figure(String id, String title, String description, String svg) {}
