import { addQuantities, compareQuantities } from '../../kubernetes/api/quantity.ts'
import { at, type Fields, fields, isSet, items, text } from '../fields.ts'

/** Resource name to quantity. */
export type Amounts = Map<string, string>

export function add(to: Amounts, more: unknown): void {
  for (const [name, quantity] of Object.entries(fields(more)))
    to.set(name, to.has(name) ? addQuantities(to.get(name), text(quantity)) : text(quantity))
}

function raise(to: Amounts, other: unknown): void {
  for (const [name, quantity] of Object.entries(fields(other)))
    if (!to.has(name) || compareQuantities(text(quantity), to.get(name)) > 0) to.set(name, text(quantity))
}

const record = (amounts: Amounts): Fields => Object.fromEntries(amounts)

/** What a container asks for, its allocation and what it really got included. */
function requestsOf(pod: Fields, container: Fields): Fields {
  const status = [...items(at(pod, 'status.containerStatuses')), ...items(at(pod, 'status.initContainerStatuses'))].findLast(
    ({ name }) => name === container['name'],
  )
  const asked = fields(at(container, 'resources.requests'))
  if (!status || !isSet(status['resources'])) return asked
  const resize = items(at(pod, 'status.conditions')).find(({ type }) => type === 'PodResizePending')
  const amounts: Amounts = new Map()
  if (resize?.['reason'] !== 'Infeasible') raise(amounts, asked)
  raise(amounts, at(status, 'resources.requests'))
  raise(amounts, status['allocatedResources'])
  return record(amounts)
}

/** Sums over a Pod: sidecars count on top, init containers as a minimum. Models kubectl's resource.PodRequestsAndLimits. */
export function podAmounts(pod: Fields, list: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map()
  const of = (container: Fields): Fields =>
    list === 'requests' ? requestsOf(pod, container) : fields(at(container, 'resources.limits'))
  for (const container of items(at(pod, 'spec.containers'))) add(total, of(container))
  const sidecars: Amounts = new Map()
  const initial: Amounts = new Map()
  for (const container of items(at(pod, 'spec.initContainers'))) {
    if (container['restartPolicy'] === 'Always') {
      add(total, of(container))
      add(sidecars, of(container))
      raise(initial, record(sidecars))
    } else {
      const together: Amounts = new Map()
      add(together, at(container, `resources.${list}`))
      add(together, record(sidecars))
      raise(initial, record(together))
    }
  }
  raise(total, record(initial))
  const overhead = fields(at(pod, 'spec.overhead'))
  if (list === 'requests') add(total, overhead)
  else
    for (const [name, quantity] of Object.entries(overhead))
      if (compareQuantities(total.get(name), '0') !== 0) add(total, { [name]: quantity })
  return total
}
