package org.glacis.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Certification;

/**
 * A run as it ended.
 *
 * @param directory where its files are
 * @param finished false when it was interrupted: {@code --resume} goes on
 * @param certifications one a {@code certify} block; empty when it was interrupted
 * @param summary what {@code summary.json} says
 */
public record Run(
    Path directory,
    boolean finished,
    List<Certification> certifications,
    Map<String, Object> summary) {}
