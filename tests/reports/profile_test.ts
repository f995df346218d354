import assert from "node:assert/strict";
import type { RunProfile } from "../../nas/run/profile_schema.ts";
import { busyRemark, kernelsByName } from "../../reports/kernel_times.ts";
import { renderReport } from "../../reports/mod.ts";
import { canvasColours, withReport } from "./browser.ts";
import { makeRun } from "./fixture.ts";
import { makeProfile } from "./fixture_profile.ts";

const PROFILE: RunProfile = makeProfile();

Deno.test("kernelsByName() adds the variants of a kernel up", () => {
  const kernels = kernelsByName(PROFILE);
  assert.equal(new Set(kernels.map(({ name }) => name)).size, kernels.length);
  const conv = kernels.find(({ name }) => name === "conv2d_forward_subgroup")!;
  const variants = PROFILE.kernels.filter(({ name }) => name === conv.name);
  assert.equal(variants.length, 2);
  assert.equal(conv.milliseconds, variants[0].milliseconds + variants[1].milliseconds);
  assert.equal(conv.dispatches, variants[0].dispatches + variants[1].dispatches);
  const flops = variants[0].flops! + variants[1].flops!;
  assert.equal(conv.gflops, flops / conv.milliseconds / 1e6);
  assert.equal(kernels.find(({ name }) => name === "relu_forward")!.gflops, null);
  const times = kernels.map(({ milliseconds }) => milliseconds);
  assert.deepEqual(times, times.toSorted((a, b) => b - a));
});

Deno.test("times that a busy machine made longer than the run are called so", async () => {
  assert.equal(busyRemark(PROFILE), null);
  const busy = { ...PROFILE, milliseconds: PROFILE.kernelMilliseconds / 1.2 };
  const page = await renderReport([{ ...makeRun({ epochs: 1 }), profile: busy }]);
  assert.match(page, /Kernels cannot take longer than the run: the machine was busy/);
});

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`the section of a profiled run is drawn (${colorScheme})`, async () => {
    const runs = [{ ...makeRun({ epochs: 2 }), profile: PROFILE }];
    await withReport(runs, { colorScheme }, async (page) => {
      await page.waitForTimeout(200);
      const colours = await canvasColours(page);
      assert.ok(colours.kernel_time > 5, `${colours.kernel_time}`);
      const rows = await page.locator("#figure-kernel_time tbody tr").count();
      assert.equal(rows, PROFILE.kernels.length);
      const section = page.locator("section", { has: page.locator("#figure-kernel_time") });
      assert.equal(await section.locator("h2").textContent(), "Where the time went");
      assert.match(
        await section.locator(".prose").innerText(),
        /Kernels took .* of .*\(75\.0\s%\)/,
      );
      const labels = await page.evaluate(
        `Chart.getChart(document.querySelector("canvas[data-chart=kernel_time]")).data.labels`,
      ) as string[];
      assert.equal(labels.length, 13);
      assert.equal(labels[12], `${kernelsByName(PROFILE).length - 12} others`);
      const shots = Deno.env.get("ENASLAB_SCREENSHOTS");
      if (shots) await section.screenshot({ path: `${shots}/profile_${colorScheme}.png` });
    });
  });
}

Deno.test("a report of several runs has a chart for each that was profiled", async () => {
  const page = await renderReport([
    { ...makeRun({ epochs: 1, seed: 1 }), profile: PROFILE },
    makeRun({ epochs: 1, seed: 2 }),
    { ...makeRun({ epochs: 1, seed: 3 }), profile: PROFILE },
  ]);
  assert.equal(page.match(/<figure[^>]* id="figure-kernel_time/g)?.length, 2);
  assert.ok(page.includes("Time on the device by kernel: mnist-controller-3"));
  const without = await renderReport([makeRun({ epochs: 1 })]);
  assert.ok(!without.includes("Where the time went"));
});
