package org.glacis.evidence;

/**
 * A file of evidence cannot be read, or is not what it should be. The message names the file, what
 * was found, what was expected and the remedy.
 */
public final class EvidenceException extends RuntimeException {
  public EvidenceException(String message) {
    super(message);
  }

  public EvidenceException(String message, Throwable cause) {
    super(message, cause);
  }

  /** {@code where: found ..., expected ...; remedy}. */
  public static EvidenceException of(String where, String found, String expected, String remedy) {
    return new EvidenceException(
        "%s: found %s, expected %s; %s".formatted(where, found, expected, remedy));
  }
}
