import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Link, LinkedList } from './linked-list.ts';
import type { Linked } from './linked-list.ts';

class Node implements Linked<Node> {
  previous: Node | undefined;
  next: Node | undefined;
  linked = false;
}

/** What the list holds, read forwards; checks that it reads the same backwards. */
function nodesOf(list: LinkedList<Node>): Node[] {
  const forwards: Node[] = [];
  const backwards: Node[] = [];
  for (let node = list.head; node !== undefined; node = node.next) forwards.push(node);
  for (let node = list.tail; node !== undefined; node = node.previous) backwards.unshift(node);
  expect(backwards).toEqual(forwards);
  return forwards;
}

it('does what an array does', () => {
  const action = fc.constantFrom('addFirst', 'addLast', 'removeFirst', 'remove', 'removeAgain');
  fc.assert(
    fc.property(fc.array(fc.tuple(action, fc.nat())), (actions) => {
      const list = new LinkedList<Node>();
      const expected: Node[] = [];
      for (const [type, number] of actions) {
        const node = new Node();
        const some = expected[number % Math.max(expected.length, 1)] ?? node;
        if (type === 'addFirst') expected.unshift(node);
        if (type === 'addLast') expected.push(node);
        if (type === 'addFirst' || type === 'addLast') list[type](node);
        if (type === 'removeFirst') expect(list.removeFirst()).toBe(expected.shift());
        if (type === 'remove' || type === 'removeAgain') {
          if (expected.includes(some)) expected.splice(expected.indexOf(some), 1);
          list.remove(some);
        }
        if (type === 'removeAgain') list.remove(some);
        expect(nodesOf(list)).toEqual(expected);
        expect(list).toHaveLength(expected.length);
      }
    }),
  );
});

it('goes through what was in it at the start, but for what is taken out meanwhile', () => {
  const list = new LinkedList<Link<string>>();
  const links = Array.from('abcde', (letter) => new Link(letter));
  for (const link of links) list.addLast(link);
  const seen: string[] = [];
  for (const link of list) {
    seen.push(link.value);
    // Itself, and one that is to come.
    if (link.value === 'b') for (const gone of links.slice(1, 3)) list.remove(gone);
    if (link.value === 'd') list.addLast(new Link('f'));
  }
  expect(seen.join('')).toBe('abde');
  expect(Array.from(list, ({ value }) => value).join('')).toBe('adef');
});
