// 2-D convolution, register-tiled, with weights shared by the lanes of a subgroup: each lane makes P
// neighbouring pixels of a row times 4*Q output channels, all lanes of a subgroup the same channels.
// Every weight is loaded by one lane and broadcast, which spares most of a software adapter's costly
// loads. Needs subgroups of G lanes in linear order; see engine/webgpu/subgroups.ts.
// Formula: y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy*S+ky-before_y, ox*S+kx-before_x, ci] * w[ky,kx,ci,co].
// Shapes: x [n,h,w,cin4] vec4, weight [K,K,cin,cout4] vec4, y [n,oh,ow,cout4] vec4.
// Grid: one lane for each (block of Q, b, oy, strip of P), strips padded to whole subgroups;
//       workgroups of 64.
// Template: P pixels, Q vec4s of output channels, K kernel side, S stride, G lanes of a subgroup.
// Reference: engine/reference/conv2d.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  let rows = params.n * params.oh * strips;
  let padded = (rows + ${G - 1}u) / ${G}u * ${G}u;
  let co = (index / padded) * ${Q}u;
  // No lane may leave before the last broadcast; lanes past the end compute and do not store.
  let position = min(index % padded, rows - 1u);
  let strip = position % strips;
  let oy = (position / strips) % params.oh;
  let b = position / (strips * params.oh);
  let ox = strip * ${P}u;
  let left = i32(ox * ${S}u) - params.before_x;
  let last = i32(params.w) - 1;
  let share = lane % ${G}u;

  //# for p in 0..P
  //# for q in 0..Q
  var acc_${p}_${q} = vec4f(0);
  //# end
  //# end
  for (var ky = 0u; ky < ${K}u; ky++) {
    let iy = i32(oy * ${S}u + ky) - params.before_y;
    let inside = iy >= 0 && iy < i32(params.h);
    let row = (b * params.h + u32(clamp(iy, 0, i32(params.h) - 1))) * params.w;
    for (var c = 0u; c < params.cin4; c++) {
      //# for t in 0..(P-1)*S+K
      let x_${t} = select(
        vec4f(0),
        x[(row + u32(clamp(left + ${t}, 0, last))) * params.cin4 + c],
        inside && left + ${t} >= 0 && left + ${t} <= last,
      );
      //# end
      // Entry e of the row's weights is (kx, j, q) = (e / 4Q, e / Q % 4, e % Q). Rows past cin meet
      // the zero padding of x; they are clamped to the last row, since what lies behind the weights
      // may be no number.
      //# for m in 0..(K*4*Q+G-1)/G
      let e_${m} = ${m * G}u + share;
      let w_${m} = weight[
        ((ky * ${K}u + e_${m} / ${4 * Q}u) * params.cin
          + min(c * 4u + e_${m} / ${Q}u % 4u, params.cin - 1u)) * params.cout4
          + co + e_${m} % ${Q}u
      ];
      //# end
      //# for kx in 0..K
      //# for j in 0..4
      //# for q in 0..Q
      let v_${kx}_${j}_${q} = subgroupBroadcast(w_${(kx * 4 * Q + j * Q + q) / G}, ${(kx * 4 * Q + j * Q + q) % G}u);
      //# for p in 0..P
      acc_${p}_${q} += x_${p * S + kx}[${j}] * v_${kx}_${j}_${q};
      //# end
      //# end
      //# end
      //# end
    }
  }

  let base = ((b * params.oh + oy) * params.ow + ox) * params.cout4 + co;
  if (index % padded < rows) {
    //# for p in 0..P
    //# for q in 0..Q
    if (ox + ${p}u < params.ow && co + ${q}u < params.cout4) {
      y[base + ${p}u * params.cout4 + ${q}u] = acc_${p}_${q};
    }
    //# end
    //# end
  }
}
