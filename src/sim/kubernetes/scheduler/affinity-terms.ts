import { matchesSelector } from '../api/selectors.ts'
import type { AffinityTerm } from './pod-info.ts'

type Labels = Readonly<Record<string, string>>

export interface TermSubject {
  readonly namespace: string
  readonly labels: Labels
}

/** Labels of a namespace; undefined for one that does not exist. */
export type NamespaceLabels = (namespace: string) => Labels | undefined

/** Whether a term of a pod that is already there speaks of `subject`. */
export const matchesTerm = (term: AffinityTerm, subject: TermSubject, namespaceLabels: NamespaceLabels): boolean =>
  (term.namespaces.has(subject.namespace) || matchesSelector(term.namespaceSelector, namespaceLabels(subject.namespace))) &&
  matchesSelector(term.selector, subject.labels)

/** A term of the incoming pod, its namespaces resolved once for the whole cycle. */
export interface ResolvedTerm {
  readonly term: AffinityTerm
  readonly namespaces: ReadonlySet<string>
  readonly isAnyNamespace: boolean
}

/**
 * Models mergeAffinityTermNamespacesIfNotEmpty (v1.35). From 1.34 on the selector is kept beside the names that it was resolved to, and
 * asked again about no labels at all: one made only of NotIn and DoesNotExist then matches every namespace.
 */
export function resolveTerm(
  term: AffinityTerm,
  allNamespaces: ReadonlyMap<string, Labels>,
  namespaceSelectorQuirk: boolean,
): ResolvedTerm {
  const { namespaceSelector } = term
  if (namespaceSelector === undefined) return { term, namespaces: term.namespaces, isAnyNamespace: false }
  const isEmpty = namespaceSelector.length === 0
  const namespaces = new Set(term.namespaces)
  for (const [name, labels] of allNamespaces) if (matchesSelector(namespaceSelector, labels)) namespaces.add(name)
  return {
    term,
    namespaces,
    isAnyNamespace: isEmpty || (namespaceSelectorQuirk && matchesSelector(namespaceSelector, undefined)),
  }
}

export const matchesResolvedTerm = ({ term, namespaces, isAnyNamespace }: ResolvedTerm, subject: TermSubject): boolean =>
  (isAnyNamespace || namespaces.has(subject.namespace)) && matchesSelector(term.selector, subject.labels)
