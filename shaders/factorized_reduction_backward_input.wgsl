// Input gradient of the factorised reduction. Half s writes the rows 2*oy+s: what its own pixels get,
// and zeros for their neighbours, which no output read.
// Formula: dx[b, 2*oy+s, 2*ox+s, ci] = Σ_c dy[b,oy,ox,c] * transposed[s,c,ci], all other pixels 0.
// Shapes: dy [n,oh,ow,c4] vec4, tables vec4 of factorized_reduction_weights, dx [n,h,w,cin4] vec4.
// Grid: one thread for each (s, block of Q, b, oy, strip of P); workgroups of 64.
// Template: P pixels, Q vec4s of input channels.
// Reference: engine/reference/factorized_reduction.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  let positions = params.n * params.oh * strips;
  let blocks = (params.cin4 + ${Q - 1}u) / ${Q}u;
  let s = index / (positions * blocks);
  if (s >= 2u) {
    return;
  }
  let ci = (index / positions % blocks) * ${Q}u;
  let ox = (index % strips) * ${P}u;
  let oy = (index % positions / strips) % params.oh;
  let b = index % positions / (strips * params.oh);
  let iy = 2u * oy + s;
  if (iy >= params.h) {
    return;
  }

  //# for p in 0..P
  //# for q in 0..Q
  var acc_${p}_${q} = vec4f(0);
  //# end
  //# end
  let first = select(0u, params.ca / 4u, s == 1u);
  let end = select((params.ca + 3u) / 4u, params.c4, s == 1u);
  let source = (b * params.oh + oy) * params.ow;
  let transposed = 8u * params.cin4 * params.c4;
  for (var c = first; c < end; c++) {
    //# for p in 0..P
    let g_${p} = dy[(source + min(ox + ${p}u, params.ow - 1u)) * params.c4 + c];
    //# end
    let line = (s * params.c4 + c) * 4u;
    //# for q in 0..Q
    {
      let column = min(ci + ${q}u, params.cin4 - 1u);
      //# for j in 0..4
      let w_${j} = tables[transposed + (line + ${j}u) * params.cin4 + column];
      //# end
      //# for p in 0..P
      acc_${p}_${q} += g_${p}.x * w_0 + g_${p}.y * w_1 + g_${p}.z * w_2 + g_${p}.w * w_3;
      //# end
    }
    //# end
  }

  let row = (b * params.h + iy) * params.w;
  //# for p in 0..P
  {
    let own = 2u * (ox + ${p}u) + s;
    let other = 2u * (ox + ${p}u) + 1u - s;
    //# for q in 0..Q
    if (ci + ${q}u < params.cin4) {
      if (own < params.w) {
        dx[(row + own) * params.cin4 + ci + ${q}u] = acc_${p}_${q};
      }
      if (other < params.w) {
        dx[(row + other) * params.cin4 + ci + ${q}u] = vec4f(0);
      }
    }
    //# end
  }
  //# end
}
