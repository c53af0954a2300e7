import { MoreHorizontal } from 'lucide-react'
import { memo, useContext, useMemo, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { NodeView } from '../../engine/protocol.ts'
import { cx } from '../../app/class-names.ts'
import { formatCpu, formatGib, formatSpan } from '../../app/format.ts'
import { isSelected, useView } from '../../app/view-store.ts'
import { useNode, useNowSeconds, useWorld, worldStore, WorldContext, type WorldName } from '../../app/world-store.ts'
import { CHROME, sizeOf, type Detail, type NodeBox as Box, type Yardstick } from './node-grid.layout.ts'
import { hostTrouble, nameWidth, shortened, type HostTrouble } from './pod-look.ts'
import { PodTile } from './PodTile.tsx'
import { emptyPacking, packTiles, type Packing } from './pod-tiles.layout.ts'
import { TwinBar } from './TwinBar.tsx'
import s from './node-box.module.css'

interface Props {
  readonly box: Box
  readonly detail: Detail
  readonly bedHeight: number
  readonly areaPerSize: number
  readonly yardstick: Yardstick
}

export const NodeBox = memo(function NodeBox({ box, detail, bedHeight, areaPerSize, yardstick }: Props) {
  const node = useNode(box.name)
  const chosen = useView((view) => isSelected(view, `node:${box.name}`))
  const found = useView((view) => view.search !== '' && box.name.includes(view.search))
  const { t } = useTranslation()
  if (!node) return null
  const trouble = hostTrouble(node)
  const { width, height, x, y } = box
  return (
    <section
      className={cx(s.node, s[detail], trouble && s[trouble], node.differs && s.differs, chosen && s.chosen, found && s.found)}
      style={{ width, height, transform: `translate(${x}px,${y}px)` }}
      data-anchor={`node:${node.name}`}
      data-menu={`node:${node.name}`}
      aria-label={t('stage.nodeLabel', { name: node.name, state: node.ready })}
    >
      <Head node={node} detail={detail} />
      {detail !== 'tiny' && <Bars node={node} words={detail === 'full'} />}
      <Bed
        name={node.name}
        width={width - 2 * CHROME[detail].side}
        height={bedHeight}
        areaPerSize={areaPerSize}
        yardstick={yardstick}
      />
    </section>
  )
})

interface HeadProps {
  readonly node: NodeView
  readonly detail: Detail
}

const headLooksSame = (a: HeadProps, b: HeadProps): boolean =>
  a.detail === b.detail &&
  a.node.name === b.node.name &&
  a.node.ready === b.node.ready &&
  a.node.unschedulable === b.node.unschedulable &&
  a.node.taints.join() === b.node.taints.join() &&
  a.node.zone === b.node.zone &&
  a.node.allocatable.cpuMilli === b.node.allocatable.cpuMilli &&
  a.node.allocatable.memoryBytes === b.node.allocatable.memoryBytes &&
  a.node.truth.since === b.node.truth.since &&
  hostTrouble(a.node) === hostTrouble(b.node)

const Head = memo(function Head({ node, detail }: HeadProps) {
  const { t } = useTranslation()
  const chosen = useView((view) => isSelected(view, `node:${node.name}`))
  const trueFirst = useView((view) => view.layer === 'true')
  const record = (
    <small key="record" className={cx('tag', node.ready === 'Ready' ? s.ready : s.notReady, trueFirst && s.outlined)}>
      {node.ready === 'Unknown' ? 'NotReady' : node.ready}
    </small>
  )
  const truth = <Truth key="truth" node={node} solid={trueFirst} />
  return (
    <header className={s.head}>
      <button type="button" className={s.name} data-select={`node:${node.name}`} aria-pressed={chosen} title={node.name}>
        {detail === 'tiny' ? shortened(node.name, 9) : node.name}
      </button>
      {detail === 'full' && !hostTrouble(node) && (
        <span className={s.shape}>
          {t('stage.nodeShape', { cpu: formatCpu(node.allocatable.cpuMilli), memory: formatGib(node.allocatable.memoryBytes) })}
          {node.zone !== '' && !trueFirst && <span className={s.zone}>{` · ${node.zone}`}</span>}
        </span>
      )}
      <span className={s.tags}>
        {node.unschedulable && (
          <small className={cx('tag', s.cordoned)} title="SchedulingDisabled">
            {t('stage.cordoned')}
          </small>
        )}
        {detail === 'full' && node.taints.length > 0 && !hostTrouble(node) && (
          <small className="tag" title={node.taints.join('\n')}>
            {t('stage.tainted', { count: node.taints.length })}
          </small>
        )}
        {detail === 'tiny' ? node.ready !== 'Ready' && record : trueFirst ? [truth, record] : [record, truth]}
      </span>
      {detail === 'full' && (
        <button
          type="button"
          className={cx('iconButton', s.more)}
          data-more={`node:${node.name}`}
          aria-label={t('stage.moreActions', { name: node.name })}
        >
          <MoreHorizontal size={16} />
        </button>
      )}
    </header>
  )
}, headLooksSame)

/** What is true of the host; in the believed layer only where the record differs. */
function Truth({ node, solid }: { readonly node: NodeView; readonly solid: boolean }) {
  const { t } = useTranslation()
  const trouble = hostTrouble(node)
  if (!trouble) return solid ? <small className={cx('tag', s.truthOn)}>{t('stage.truthOn')}</small> : null
  return <Trouble trouble={trouble} since={node.truth.since} />
}

function Trouble({ trouble, since }: { readonly trouble: NonNullable<HostTrouble>; readonly since: number }) {
  const { t } = useTranslation()
  const time = formatSpan(useNowSeconds() * 1000 - since)
  const words = { off: 'stage.truthOff', cut: 'stage.truthCut', kubelet: 'stage.truthKubelet' } as const
  return <small className={cx('tag', s.truth)}>{t(words[trouble], { time })}</small>
}

/** A bar that would look the same is not drawn again: use changes all the time, by less than a pixel. */
const barsLookSame = (a: BarsProps, b: BarsProps): boolean =>
  a.words === b.words && a.node.name === b.node.name && figuresOf(a.node) === figuresOf(b.node)

function figuresOf({ allocatable, capacity, requested, limits, usage }: NodeView): string {
  const percent = (part: number, whole: number): number => Math.round((part / Math.max(1, whole)) * 100)
  const cpu = `${requested.cpuMilli}/${allocatable.cpuMilli} ${limits.cpuMilli} ${percent(usage.cpuMilli, capacity.cpuMilli)}`
  return `${cpu} ${requested.memoryBytes}/${allocatable.memoryBytes} ${limits.memoryBytes} ${percent(usage.memoryBytes, capacity.memoryBytes)}`
}

interface BarsProps {
  readonly node: NodeView
  readonly words: boolean
}

const Bars = memo(function Bars({ node, words }: BarsProps) {
  const { t } = useTranslation()
  const { allocatable, capacity, requested, limits, usage } = node
  return (
    <div className={cx(s.bars, !words && s.bare)}>
      <TwinBar
        label={t('stage.cpu')}
        words={words}
        requested={requested.cpuMilli / allocatable.cpuMilli}
        used={usage.cpuMilli / capacity.cpuMilli}
        limits={limits.cpuMilli / allocatable.cpuMilli}
        figure={`${formatCpu(requested.cpuMilli)} / ${formatCpu(allocatable.cpuMilli)}`}
        describe={t('stage.requests', {
          requests: formatCpu(requested.cpuMilli),
          allocatable: formatCpu(allocatable.cpuMilli),
          usage: formatCpu(usage.cpuMilli),
          limits: formatCpu(limits.cpuMilli),
        })}
      />
      <TwinBar
        label={t('stage.memory')}
        words={words}
        requested={requested.memoryBytes / allocatable.memoryBytes}
        used={usage.memoryBytes / capacity.memoryBytes}
        limits={limits.memoryBytes / allocatable.memoryBytes}
        figure={`${formatGib(requested.memoryBytes)} / ${formatGib(allocatable.memoryBytes)}`}
        describe={t('stage.requests', {
          requests: `${formatGib(requested.memoryBytes)}Gi`,
          allocatable: `${formatGib(allocatable.memoryBytes)}Gi`,
          usage: `${formatGib(usage.memoryBytes)}Gi`,
          limits: `${formatGib(limits.memoryBytes)}Gi`,
        })}
      />
    </div>
  )
}, barsLookSame)

const none: readonly string[] = []

/** Arrow keys go from tile to tile. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const tiles = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-look]:not([inert])')]
  const next = tiles[tiles.findIndex((tile) => tile === document.activeElement) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}

interface BedProps {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly areaPerSize: number
  readonly yardstick: Yardstick
}

/** Packs what stands on a node now, starting from how it was packed before. */
function packed(before: Packed | undefined, inputs: PackingInputs): Packed {
  const { world, recorded, running, width, height, areaPerSize, yardstick } = inputs
  const { pods } = worldStore.getState()[world]
  const sizes = [...recorded, ...running.filter((id) => !recorded.includes(id))].flatMap((id) => {
    const pod = pods.get(id)
    return pod ? [{ id, area: sizeOf(pod.requests, yardstick) * areaPerSize, nameWidth: nameWidth(pod.app) }] : []
  })
  return { inputs, packing: packTiles(before?.packing ?? emptyPacking, sizes, width, height) }
}

interface PackingInputs extends Omit<BedProps, 'name'> {
  readonly world: WorldName
  readonly recorded: readonly string[]
  readonly running: readonly string[]
}

interface Packed {
  readonly inputs: PackingInputs
  readonly packing: Packing
}

function Bed({ name, width, height, areaPerSize, yardstick }: BedProps) {
  const world = useContext(WorldContext)
  const recorded = useWorld(({ podsByNode }) => podsByNode.get(name) ?? none)
  const running = useWorld(({ podsByHost }) => podsByHost.get(name) ?? none)
  const inputs = useMemo(
    () => ({ world, recorded, running, width, height, areaPerSize, yardstick }),
    [world, recorded, running, width, height, areaPerSize, yardstick],
  )
  const [last, setLast] = useState(() => packed(undefined, inputs))
  let { packing } = last
  if (last.inputs !== inputs) {
    const next = packed(last, inputs)
    setLast(next)
    packing = next.packing
  }
  return (
    // Arrow keys move inside the group; every tile is a button of its own.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={s.bed} style={{ height }} onKeyDown={moveFocus}>
      {[...packing.tiles.values()].map((tile, index) => (
        <PodTile key={tile.id} id={tile.id} place={name} tile={tile} first={index === 0} />
      ))}
    </div>
  )
}
