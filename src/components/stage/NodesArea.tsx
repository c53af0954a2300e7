import { lazy, Suspense, useContext, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../shell/EmptyState.tsx'
import { useSize } from '../../app/use-size.ts'
import { useWorld, worldStore, WorldContext } from '../../app/world-store.ts'
import { NodeBox } from './NodeBox.tsx'
import { layoutNodes, yardstickOf } from './node-grid.layout.ts'
import s from './stage.module.css'

const StageCanvas = lazy(() => import('./canvas/StageCanvas.tsx'))

/** More than these, and boxes of the document would be too many to draw in time (eight milliseconds a frame) and too small to read. */
const MOST_NODES = 150
const MOST_PODS = 500
/** Once drawn as a map, it stays one until there are so few again: a rollout comes and goes without the picture changing its manner. */
const FEW_PODS = 400

/** Room inside the scrolling area for what sticks out of the boxes: shadows, glows, focus rings. */
const PADDING = { x: 8, y: 6 }

export function NodesArea() {
  const { t } = useTranslation()
  const loaded = useWorld((world) => world.loaded)
  const nodeCount = useWorld((world) => world.nodeNames.length)
  const [mapped, setMapped] = useState(false)
  const crowded = useWorld(({ nodeNames, pods }) => nodeNames.length > MOST_NODES || pods.size > (mapped ? FEW_PODS : MOST_PODS))
  if (crowded !== mapped) setMapped(crowded)
  if (!loaded) return <EmptyState title={t('stage.opening')} busy />
  if (nodeCount === 0) return <EmptyState title={t('stage.noNodes')} hint={t('stage.noNodesHint')} />
  return crowded ? (
    <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
      <StageCanvas />
    </Suspense>
  ) : (
    <NodeBoxes />
  )
}

function NodeBoxes() {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const names = useWorld(({ nodeNames }) => nodeNames)
  const [ref, size] = useSize()
  const [width, height] = [size.width - 2 * PADDING.x, size.height - 2 * PADDING.y]
  const { grid, yardstick } = useMemo(() => {
    const { nodes } = worldStore.getState()[world]
    const sizes = names.flatMap((name) => nodes.get(name) ?? [])
    return { grid: layoutNodes(sizes, width, height), yardstick: yardstickOf(sizes) }
  }, [world, names, width, height])
  return (
    <section className={s.nodes} ref={ref} aria-label={t('stage.nodes')}>
      <div style={{ height: grid.height }}>
        {grid.boxes.map((box) => (
          <NodeBox
            key={box.name}
            box={box}
            detail={grid.detail}
            bedHeight={grid.bedHeight}
            areaPerSize={grid.areaPerSize}
            yardstick={yardstick}
          />
        ))}
      </div>
    </section>
  )
}
