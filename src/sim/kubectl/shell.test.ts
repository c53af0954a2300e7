import { describe, expect, test } from 'vitest'
import { applyFilters, parseShellLine, readInput } from './shell.ts'

const argsOf = (line: string): readonly string[] | string => {
  const parsed = parseShellLine(line)
  return parsed.ok ? parsed.args : parsed.message
}

describe('a shell line is taken apart', () => {
  test.each([
    { name: 'words', line: 'kubectl get pods -n shop', want: ['get', 'pods', '-n', 'shop'] },
    {
      name: 'without the word kubectl',
      line: 'scale deployment web --replicas=6',
      want: ['scale', 'deployment', 'web', '--replicas=6'],
    },
    { name: 'a prompt that was copied along', line: '$ kubectl get po', want: ['get', 'po'] },
    {
      name: 'single quotes keep everything',
      line: `kubectl patch x -p '{"a": "b c"}'`,
      want: ['patch', 'x', '-p', '{"a": "b c"}'],
    },
    { name: 'double quotes with escapes', line: 'kubectl x -p "{\\"a\\":1}"', want: ['x', '-p', '{"a":1}'] },
    {
      name: 'quotes within a word',
      line: `kubectl get po -o jsonpath='{.items[*]}'`,
      want: ['get', 'po', '-o', 'jsonpath={.items[*]}'],
    },
    { name: 'a backslash before a space', line: 'kubectl get a\\ b', want: ['get', 'a b'] },
    { name: 'a line that goes on', line: 'kubectl get \\\n pods', want: ['get', 'pods'] },
    { name: 'a comment', line: 'kubectl get pods # all of them', want: ['get', 'pods'] },
    { name: 'an open quote', line: `kubectl get 'x`, want: "a quote is not closed: '" },
    {
      name: 'a substitution',
      line: 'kubectl delete $(kubectl get po -o name)',
      want: 'commands within commands are not part of this terminal: run the inner one first',
    },
    {
      name: 'two commands',
      line: 'kubectl get po && kubectl get svc',
      want: 'one command a line, please: `&&`, `||`, `;` and `&` are not part of this terminal',
    },
    {
      name: 'output to a file',
      line: 'kubectl get po > x',
      want: 'output cannot be written to files here: copy it from the screen',
    },
    { name: 'another program', line: 'vim x', want: 'vim: command not found; this terminal knows kubectl, echo and cat' },
    {
      name: 'awk',
      line: 'kubectl get po | awk x',
      want: 'awk is not part of this terminal: try -o jsonpath, -o custom-columns, or cut and tr',
    },
  ])('$name', ({ line, want }) => {
    expect(argsOf(line)).toEqual(want)
  })

  test.each([
    { name: 'a here-document', line: 'kubectl apply -f - <<EOF\nkind: Pod\nEOF', want: 'kind: Pod\n' },
    { name: 'echo', line: 'echo "kind: Pod" | kubectl apply -f -', want: 'kind: Pod\n' },
    { name: 'cat of files', line: 'cat a.yaml b.yaml | kubectl apply -f -', want: 'A\nB\n' },
    { name: 'cat of a here-document', line: "cat <<'EOF' | kubectl apply -f -\nx: $y\nEOF", want: 'x: $y\n' },
  ])('standard input from $name', ({ line, want }) => {
    const parsed = parseShellLine(line)
    if (!parsed.ok || !parsed.stdin) throw new Error('no standard input')
    expect(parsed.args).toEqual(['apply', '-f', '-'])
    expect(readInput(parsed.stdin, (name) => ({ 'a.yaml': 'A\n', 'b.yaml': 'B\n' })[name])).toEqual({ ok: true, text: want })
  })
})

const TABLE = 'NAME   READY   RESTARTS\nweb-1  1/1     10\nweb-2  0/1     9\ndb-0   1/1     0\n'

describe('output goes through simple filters', () => {
  test.each([
    { filter: 'grep web', want: 'web-1  1/1     10\nweb-2  0/1     9\n', exit: 0 },
    { filter: 'grep -v web', want: 'NAME   READY   RESTARTS\ndb-0   1/1     0\n', exit: 0 },
    { filter: 'grep -i WEB-1', want: 'web-1  1/1     10\n', exit: 0 },
    { filter: 'grep -c 1/1', want: '2\n', exit: 0 },
    { filter: 'grep -n db', want: '4:db-0   1/1     0\n', exit: 0 },
    { filter: "grep -E 'web|db' | wc -l", want: '3\n', exit: 0 },
    { filter: "grep -oE 'web-[0-9]'", want: 'web-1\nweb-2\n', exit: 0 },
    { filter: 'grep nothing', want: '', exit: 1 },
    { filter: 'grep -A1 web-2', want: 'web-2  0/1     9\ndb-0   1/1     0\n', exit: 0 },
    { filter: 'head -n 1', want: 'NAME   READY   RESTARTS\n', exit: 0 },
    { filter: 'head -2 | tail -1', want: 'web-1  1/1     10\n', exit: 0 },
    { filter: 'tail -n +2 | sort', want: 'db-0   1/1     0\nweb-1  1/1     10\nweb-2  0/1     9\n', exit: 0 },
    { filter: 'tail -n +2 | sort -k3 -n', want: 'db-0   1/1     0\nweb-2  0/1     9\nweb-1  1/1     10\n', exit: 0 },
    { filter: "tail -n +2 | cut -d' ' -f1 | cut -d- -f1 | sort | uniq -c", want: '      1 db\n      2 web\n', exit: 0 },
    { filter: "head -1 | tr -s ' ' | tr A-Z a-z", want: 'name ready restarts\n', exit: 0 },
    { filter: 'wc -w', want: '12\n', exit: 0 },
  ])('$filter', ({ filter, want, exit }) => {
    const parsed = parseShellLine(`kubectl get pods | ${filter}`)
    if (!parsed.ok) throw new Error(parsed.message)
    expect(applyFilters(parsed.filters, TABLE, 0)).toEqual({ text: want, exit })
  })
})
