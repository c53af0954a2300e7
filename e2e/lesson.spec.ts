import { expect, test } from '@playwright/test'

test('the first lesson from its story to its end, in Korean and English', async ({ page }) => {
  await page.goto('#/lesson/desired-state-and-the-clock')
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await expect(lesson.getByRole('heading', { name: 'Desired state and the clock' })).toBeVisible()

  // story: three Pods come up
  await lesson.getByRole('button', { name: 'Run' }).click()
  await expect(lesson.getByText('One tick (0.1 s) later')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('button', { name: /Pod default\/web-.*ready/ })).toHaveCount(3)

  // prediction, and what the run says to it
  await lesson.getByRole('radio', { name: /Three: it is swapped at once/ }).check()
  await lesson.getByRole('button', { name: 'Commit and run' }).click()
  await expect(lesson.getByText(/kubectl delete pod web-/)).toBeVisible()
  await lesson.getByRole('button', { name: 'Delete one Pod' }).click()
  await expect(lesson.getByText('Not quite.')).toBeVisible({ timeout: 30_000 })
  await expect(lesson.getByText('Four: the one that goes and the one that comes')).toBeVisible()
  await lesson.getByRole('button', { name: 'Next' }).click()

  // the second prediction, and Korean at once
  await lesson.getByRole('radio', { name: /Three: the record says three/ }).check()
  await page.getByRole('button', { name: '한국어' }).click()
  const korean = page.getByRole('region', { name: '수업' })
  await expect(korean.getByRole('heading', { name: '의도한 상태와 시계' })).toBeVisible()
  await korean.getByRole('button', { name: '확정하고 실행' }).click()
  await expect(korean.getByText('예측대로입니다.')).toBeVisible({ timeout: 30_000 })
  await korean.getByRole('button', { name: '다음' }).click()

  // the explanation: a wrong answer is explained and may be changed
  await korean.getByRole('button', { name: '스케줄러' }).click()
  await expect(korean.getByText('스케줄러는 이미 있는 파드에')).toBeVisible()
  await expect(korean.getByRole('button', { name: '다음' })).toBeDisabled()
  await korean.getByRole('button', { name: '레플리카셋 컨트롤러' }).click()
  await korean.getByRole('button', { name: '다음' }).click()
  await korean.getByRole('button', { name: '다음' }).click()

  // trouble, and the repair by the last hint
  await korean.getByRole('button', { name: '실행' }).click()
  await expect(korean.getByText('이제 직접')).toBeVisible({ timeout: 40_000 })
  for (let i = 0; i < 3; i++) await korean.getByRole('button', { name: /^힌트/ }).click()
  await korean.getByRole('button', { name: '해 보기' }).click()
  await expect(korean.getByText('옷을 갈아입은 문제 하나')).toBeVisible({ timeout: 60_000 })
  await korean.getByRole('button', { name: /디플로이먼트의 기록을 바꾼다/ }).click()
  await korean.getByRole('button', { name: '다음' }).click()
  await expect(korean.getByRole('heading', { name: '끝', exact: true })).toBeVisible()
})
