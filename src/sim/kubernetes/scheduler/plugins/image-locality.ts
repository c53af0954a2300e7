import type { ScoreArithmetic } from '../arithmetic.ts'
import type { ClusterCache } from '../cache.ts'
import { idiv, MAX_NODE_SCORE, type Plugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodInfo } from '../pod-info.ts'

const MEGABYTE = 1024 * 1024
const MIN_BYTES = 23 * MEGABYTE
const MAX_BYTES_PER_CONTAINER = 1000 * MEGABYTE

/** Bytes of an image that count: fewer while few nodes have it, so that not every pod runs to the first node that pulled it. */
function scaledBytes(image: string, node: NodeInfo, cluster: ClusterCache): number {
  const state = cluster.image(image)
  if (!state?.nodes.has(node.name)) return 0
  return Math.trunc(state.sizeBytes * (state.nodes.size / cluster.nodes.length))
}

/** Prefers nodes that have the pod's images already. Models plugins/imagelocality (v1.35). */
export const imageLocality: Plugin & { explain(pod: PodInfo, node: NodeInfo, cluster: ClusterCache): ScoreArithmetic } = {
  name: 'ImageLocality',
  score(_state, { shape }, node, cluster) {
    let sum = 0
    for (const image of shape.images) sum += scaledBytes(image, node, cluster)
    for (const image of shape.imageVolumes) sum += scaledBytes(image, node, cluster)
    const max = MAX_BYTES_PER_CONTAINER * shape.containerCount
    return idiv(MAX_NODE_SCORE * (Math.min(Math.max(sum, MIN_BYTES), max) - MIN_BYTES), max - MIN_BYTES)
  },
  explain(pod, node, cluster) {
    const images = [...pod.shape.images, ...pod.shape.imageVolumes]
    return {
      kind: 'images',
      images: images.map((image) => ({ image, countedBytes: scaledBytes(image, node, cluster) })),
      minBytes: MIN_BYTES,
      maxBytes: MAX_BYTES_PER_CONTAINER * pod.shape.containerCount,
      raw: imageLocality.score!(undefined, pod, node, cluster),
    }
  },
}
