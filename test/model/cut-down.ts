import type { Item, Schedule } from './schedule.js';

type Fails = (schedule: Schedule) => Promise<boolean>;

const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index);

/** Every schedule that is one item, or one event, shorter. */
function* shorter(schedule: Schedule): Generator<Schedule> {
  for (const [index, item] of schedule.items.entries()) {
    yield { ...schedule, items: without(schedule.items, index) };
    if (!('events' in item)) continue;
    for (const at of item.events.keys()) {
      const cut: Item = { ...item, events: without(item.events, at) };
      yield { ...schedule, items: schedule.items.map((one) => (one === item ? cut : one)) };
    }
  }
}

/** A schedule that fails as well, and none of whose parts can be left out. */
export async function cutDown(schedule: Schedule, fails: Fails): Promise<Schedule> {
  for (const candidate of shorter(schedule)) if (await fails(candidate)) return cutDown(candidate, fails);
  return schedule;
}
