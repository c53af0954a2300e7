import { describe, expect, it } from 'vitest'
import { commandOf, type Command, type Focus } from './shortcuts.ts'

const plain = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false }

describe('keys of the page', () => {
  it.each<[string, string, Focus, Partial<typeof plain>, Command | undefined]>([
    ['space plays', ' ', 'free', {}, 'play'],
    ['space on a button presses the button', ' ', 'control', {}, undefined],
    ['space in a field is a space', ' ', 'typing', {}, undefined],
    ['right steps a tick', 'ArrowRight', 'free', {}, 'step'],
    ['shift and right go to the next event', 'ArrowRight', 'free', { shiftKey: true }, 'next'],
    ['left goes back', 'ArrowLeft', 'free', {}, 'back'],
    ['arrows on a slider move the slider', 'ArrowLeft', 'control', {}, undefined],
    ['slash opens the terminal from a button too', '/', 'control', {}, 'terminal'],
    ['slash in the terminal is a slash', '/', 'typing', {}, undefined],
    ['question mark helps', '?', 'free', { shiftKey: true }, 'help'],
    ['ctrl and f is the browser’s', 'f', 'free', { ctrlKey: true }, undefined],
  ])('%s', (_name, key, focus, modifiers, wanted) => {
    expect(commandOf({ ...plain, key, ...modifiers }, focus)).toBe(wanted)
  })
})
