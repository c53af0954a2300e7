import type { ClusterCache } from '../cache.ts'
import { idiv, MAX_NODE_SCORE, type Plugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodShape } from '../pod-info.ts'

const MEGABYTE = 1024 * 1024
const MIN_BYTES = 23 * MEGABYTE
const MAX_BYTES_PER_CONTAINER = 1000 * MEGABYTE

/** Bytes of an image that count: fewer while few nodes have it, so that not every pod runs to the first node that pulled it. */
function scaledBytes(image: string, node: NodeInfo, cluster: ClusterCache): number {
  const state = cluster.image(image)
  if (!state?.nodes.has(node.name)) return 0
  return Math.trunc(state.sizeBytes * (state.nodes.size / cluster.nodes.length))
}

function score({ images, imageVolumes, containerCount }: PodShape, node: NodeInfo, cluster: ClusterCache): number {
  let sum = 0
  for (const image of images) sum += scaledBytes(image, node, cluster)
  for (const image of imageVolumes) sum += scaledBytes(image, node, cluster)
  const max = MAX_BYTES_PER_CONTAINER * containerCount
  return idiv(MAX_NODE_SCORE * (Math.min(Math.max(sum, MIN_BYTES), max) - MIN_BYTES), max - MIN_BYTES)
}

/** Prefers nodes that have the pod's images already. Models plugins/imagelocality (v1.35). */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  isNodeLocal: true,
  score: (_state, { shape }, node, cluster) => score(shape, node, cluster),
  explain: (_state, { shape }, node, cluster) => ({
    kind: 'images',
    images: [...shape.images, ...shape.imageVolumes].map((image) => ({ image, countedBytes: scaledBytes(image, node, cluster) })),
    minBytes: MIN_BYTES,
    maxBytes: MAX_BYTES_PER_CONTAINER * shape.containerCount,
    raw: score(shape, node, cluster),
  }),
}
