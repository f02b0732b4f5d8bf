package org.glacis.recipes;

import java.util.List;
import org.glacis.dsl.Schedules;
import org.glacis.spec.ScheduleSpec;

/**
 * When radius and learning rate change. The radius grows along the smoothed schedule of Xu et al.
 * (2020); the learning rate falls to a fifth after each milestone.
 *
 * @param milestones epochs, counted from 1
 * @param start the first epoch in which the radius grows
 * @param length how many epochs it grows
 */
record Timetable(int epochs, List<Integer> milestones, int start, int length) {
  private static final double DECAY = 0.2;

  ScheduleSpec epsilon() {
    return Schedules.smoothed(start, length);
  }

  ScheduleSpec learningRate() {
    return Schedules.step(milestones, DECAY);
  }
}
