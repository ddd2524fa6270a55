import type { BytePath } from 'path-stream';
import { type Facts, Group, Groups } from './group.ts';

/** So many groups are told of. */
export const mostGroups = 200;

/** A directory that the paths have led into and not out of yet. */
interface Place {
  readonly directory: BytePath;
  /** Whether a package has it, or something in it is stored and expected: then one rule for all of it would take in more. */
  isMixed: boolean;
  /** What lies in it, and, where it is one that can be told of as a whole, what lies below. */
  direct?: Group;
  whole?: Group;
  /** The groups below, in case it cannot. */
  below?: Groups;
}

/**
 * Groups files by the highest directory that has nothing but files nobody expects and that no package has, so that one rule
 * settles it; what lies elsewhere, by the directory it is in. Paths come in byte order. It remembers the
 * directories it is in, and the first groups of each: not the files.
 */
export class Grouping {
  readonly #open: Place[] = [];
  readonly #groups = new Groups(mostGroups);

  /** A directory that no package has. */
  orphanDirectory(directory: BytePath): void {
    this.#goTo(directory);
    this.#open.push({ directory, isMixed: false });
  }

  /** Something else that is stored: expected, or of a package. */
  other(path: BytePath): void {
    this.#goTo(path);
    const place = this.#open.at(-1);
    if (place !== undefined) place.isMixed = true;
  }

  annoying(path: BytePath, facts: Facts | undefined, isNew: boolean): void {
    this.#goTo(path);
    const directory = path.slice(0, path.lastIndexOf('/') + 1);
    let place = this.#open.at(-1);
    if (place?.directory !== directory) {
      place = { directory, isMixed: true };
      this.#open.push(place);
    }
    place.direct ??= new Group(directory);
    place.direct.add(path, facts, isNew);
  }

  /** All groups, when the last path was given. */
  end(): Groups {
    this.#goTo('');
    return this.#groups;
  }

  /** Leaves the directories that a path is not in. */
  #goTo(path: BytePath): void {
    for (
      let place = this.#open.at(-1);
      place && !path.startsWith(place.directory);
      place = this.#open.at(-1)
    ) {
      this.#open.pop();
      this.#leave(place, this.#open.at(-1));
    }
  }

  #leave(place: Place, parent: Place | undefined): void {
    const { directory, isMixed, direct, below } = place;
    if (isMixed) {
      if (parent) parent.isMixed = true;
      const groups = parent ? belowOf(parent) : this.#groups;
      if (direct) groups.add(direct);
      if (below) groups.addAll(below);
    } else if (direct || place.whole) {
      const whole = place.whole ?? new Group(directory);
      if (direct) whole.addAll(direct);
      whole.isWhole = true;
      (parent ? belowOf(parent) : this.#groups).add(whole);
      if (parent) {
        parent.whole ??= new Group(parent.directory);
        parent.whole.addAll(whole);
      }
    }
  }
}

function belowOf(place: Place): Groups {
  place.below ??= new Groups(mostGroups);
  return place.below;
}
