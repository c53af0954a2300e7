import { select, zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform } from 'd3'
import 'd3-transition'
import { useContext, useEffect, useRef, useState, type MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { usePreferences } from '../../../app/preferences.ts'
import { useSize } from '../../../app/use-size.ts'
import { menuAsked, nodeSelected, podSelected, selectedId, useView } from '../../../app/view-store.ts'
import { useWorld, WorldContext, worldStore, type World } from '../../../app/world-store.ts'
import { MapPainter } from './map-painter.ts'
import { inksOf } from './inks.ts'
import { mapOf, nodeAt, podAt, type StageMap } from './stage-map.layout.ts'
import s from './stage-canvas.module.css'

/** Kept free below the map for the line that explains it. */
const HINT_PX = 44

interface Tip {
  readonly x: number
  readonly y: number
  readonly text: string
}

/** The cluster on a canvas: the same looks, with zoom, hover and search. */
export default function StageCanvas() {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const [measure, { width, height }] = useSize()
  const names = useWorld(({ nodeNames }) => nodeNames)
  const podCount = useWorld(({ pods }) => pods.size)
  const search = useView((view) => view.search)
  const canvas = useRef<HTMLCanvasElement>(null)
  const transform = useRef<ZoomTransform>(zoomIdentity)
  const zooming = useRef<ZoomBehavior<HTMLCanvasElement, unknown>>(undefined)
  const map = useRef<StageMap>(mapOf([], 1, 1))
  const [tip, setTip] = useState<Tip>()

  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context || width === 0) return undefined
    map.current = mapOf(names, width, height - HINT_PX)
    const scale = Math.min(2, devicePixelRatio)
    element.width = width * scale
    element.height = height * scale
    context.setTransform(scale, 0, 0, scale, 0, 0)
    const painter = new MapPainter(context)
    let dirty = true
    let frame = 0
    let inks = inksOf(element)
    const draw = (): void => {
      frame = requestAnimationFrame(draw)
      if (!dirty) return
      dirty = false
      const view = useView.getState()
      painter.paint(worldStore.getState()[world], map.current, {
        width,
        height,
        transform: transform.current,
        inks,
        namespace: view.namespace,
        search: view.search,
        chosen: selectedId(view.selection),
        layer: view.layer,
      })
    }
    const again = (): void => void (dirty = true)
    const recoloured = (): void => {
      inks = inksOf(element)
      again()
    }
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', recoloured)
    const behaviour = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([1, 40])
      .translateExtent([
        [-40, -40],
        [width + 40, Math.max(height, map.current.height) + 40],
      ])
      .on('zoom', (event: { readonly transform: ZoomTransform }) => {
        transform.current = event.transform
        again()
      })
    zooming.current = behaviour
    select(element).call(behaviour).on('dblclick.zoom', null)
    const unsubscribes = [worldStore.subscribe(again), useView.subscribe(again), usePreferences.subscribe(recoloured)]
    frame = requestAnimationFrame(draw)
    return () => {
      cancelAnimationFrame(frame)
      scheme.removeEventListener('change', recoloured)
      for (const unsubscribe of unsubscribes) unsubscribe()
      select(element).on('.zoom', null)
    }
  }, [names, width, height, world])

  // Find jumps to the first node whose name, or one of whose Pods, matches.
  useEffect(() => {
    const element = canvas.current
    if (!element || !zooming.current || search.length < 2) return
    const found = findNode(worldStore.getState()[world], map.current, search)
    if (!found) return
    const k = Math.min(40, Math.max(1, 150 / found.size))
    const middle = zoomIdentity
      .translate(width / 2, height / 2)
      .scale(k)
      .translate(-found.x - found.size / 2, -found.y - found.size / 2)
    select(element)
      .transition()
      .duration(350)
      .call((target) => zooming.current?.transform(target, middle))
  }, [search, width, height, world])

  const under = (event: MouseEvent): { readonly node: string; readonly pod: string | undefined } | undefined => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    const [x, y] = transform.current.invert([event.clientX - left, event.clientY - top])
    const node = nodeAt(map.current, x, y)
    if (!node) return undefined
    const ids = worldStore.getState()[world].podsByNode.get(node.name) ?? []
    return {
      node: node.name,
      pod: node.size * transform.current.k > 26 ? podAt(ids, (x - node.x) / node.size, (y - node.y) / node.size) : undefined,
    }
  }

  return (
    <div className={s.frame} ref={measure}>
      <canvas
        ref={canvas}
        style={{ width, height }}
        className={s.canvas}
        role="img"
        aria-label={t('stage.tooMany', { nodes: names.length, pods: podCount })}
        onClick={(event) => {
          const hit = under(event)
          if (hit?.pod !== undefined) podSelected(hit.pod)
          else if (hit) nodeSelected(hit.node)
        }}
        onContextMenu={(event) => {
          const hit = under(event)
          if (!hit) return
          event.preventDefault()
          event.stopPropagation()
          const [namespace = '', name = ''] = hit.pod?.split('/') ?? ['', hit.node]
          menuAsked({
            selection: { type: 'object', key: { resource: hit.pod === undefined ? 'nodes' : 'pods', namespace, name } },
            x: event.clientX,
            y: event.clientY,
          })
        }}
        onMouseMove={(event) => {
          const hit = under(event)
          const { left, top } = event.currentTarget.getBoundingClientRect()
          setTip(hit && { x: event.clientX - left, y: event.clientY - top, text: tipText(worldStore.getState()[world], hit) })
        }}
        onMouseLeave={() => setTip(undefined)}
      />
      {tip && (
        <p
          className={s.tip}
          style={{ transform: `translate(${Math.min(tip.x + 14, width - 260)}px,${Math.min(tip.y + 16, height - 60)}px)` }}
        >
          {tip.text}
        </p>
      )}
      <p className={s.hint}>
        {t('stage.tooMany', { nodes: names.length, pods: podCount })} · {t('stage.zoomHint')}
        <button
          type="button"
          className="button"
          onClick={() =>
            canvas.current &&
            select(canvas.current)
              .transition()
              .duration(250)
              .call((target) => zooming.current?.transform(target, zoomIdentity))
          }
        >
          {t('stage.zoomReset')}
        </button>
      </p>
    </div>
  )
}

function findNode(world: World, map: StageMap, search: string): StageMap['nodes'][number] | undefined {
  const byName = map.nodes.find(({ name }) => name.includes(search))
  if (byName) return byName
  for (const pod of world.pods.values())
    if (pod.node !== undefined && pod.id.includes(search)) return map.nodes.find(({ name }) => name === pod.node)
  return undefined
}

function tipText(world: World, { node, pod }: { readonly node: string; readonly pod: string | undefined }): string {
  const view = world.nodes.get(node)
  const line = `${node} · ${view?.ready ?? ''} · ${view?.requested.pods ?? 0} Pods`
  const podView = pod === undefined ? undefined : world.pods.get(pod)
  return podView ? `${podView.id} · ${podView.status} — ${line}` : line
}
