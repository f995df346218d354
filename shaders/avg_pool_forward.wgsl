// Mean over the pixels of K x K windows that lie inside the image.
// Formula: y[b,oy,ox,c] = Σ_{taps inside} x[b,iy,ix,c] / (number of taps inside).
// Shapes: x [n,h,w,c4] vec4, y [n,oh,ow,c4] vec4.
// Grid: one thread for each (b, oy, strip of P, c4); workgroups of 64.
// Template: P pixels, K window side, S stride.
// Reference: engine/reference/avg_pool.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  if (index >= params.n * params.oh * strips * params.c4) {
    return;
  }
  let c = index % params.c4;
  let ox = ((index / params.c4) % strips) * ${P}u;
  let oy = (index / (params.c4 * strips)) % params.oh;
  let b = index / (params.c4 * strips * params.oh);
  let left = i32(ox * ${S}u) - params.before_x;
  let last = i32(params.w) - 1;

  //# for p in 0..P
  var acc_${p} = vec4f(0);
  //# end
  var rows = 0.0;
  for (var ky = 0u; ky < ${K}u; ky++) {
    let iy = i32(oy * ${S}u + ky) - params.before_y;
    if (iy < 0 || iy >= i32(params.h)) {
      continue;
    }
    rows += 1.0;
    let row = (b * params.h + u32(iy)) * params.w;
    //# for t in 0..(P-1)*S+K
    let x_${t} = select(
      vec4f(0),
      x[(row + u32(clamp(left + ${t}, 0, last))) * params.c4 + c],
      left + ${t} >= 0 && left + ${t} <= last,
    );
    //# end
    //# for kx in 0..K
    //# for p in 0..P
    acc_${p} += x_${p * S + kx};
    //# end
    //# end
  }

  let base = ((b * params.oh + oy) * params.ow + ox) * params.c4 + c;
  //# for p in 0..P
  if (ox + ${p}u < params.ow) {
    let first = left + ${p * S};
    let columns = min(first + ${K - 1}, last) - max(first, 0) + 1;
    y[base + ${p}u * params.c4] = acc_${p} / (rows * f32(columns));
  }
  //# end
}
