// Factorised reduction: even and odd pixels each go through a 1x1 convolution of their own, and the
// results lie side by side in the channels. One thread makes P neighbouring pixels of a row times 4*Q
// channels, and reads the pixels of a half only if one of its channels belongs to that half.
// Formula: y[b,oy,ox,c] = Σ_{s < 2, ci} x[b, 2*oy+s, 2*ox+s, ci] * plain[s,ci,c].
// Shapes: x [n,h,w,cin4] vec4, tables vec4 of factorized_reduction_weights, y [n,oh,ow,c4] vec4.
// Grid: one thread for each (block of Q, b, oy, strip of P); workgroups of 64.
// Template: P pixels, Q vec4s of output channels.
// Reference: engine/reference/factorized_reduction.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  let positions = params.n * params.oh * strips;
  let co = (index / positions) * ${Q}u;
  if (co >= params.c4) {
    return;
  }
  let ox = (index % strips) * ${P}u;
  let oy = (index % positions / strips) % params.oh;
  let b = index % positions / (strips * params.oh);

  //# for p in 0..P
  //# for q in 0..Q
  var acc_${p}_${q} = vec4f(0);
  //# end
  //# end
  for (var s = 0u; s < 2u; s++) {
    let iy = 2u * oy + s;
    let foreign = select(co * 4u >= params.ca, (co + ${Q}u) * 4u <= params.ca, s == 1u);
    if (foreign || iy >= params.h) {
      continue;
    }
    let row = (b * params.h + iy) * params.w;
    for (var c = 0u; c < params.cin4; c++) {
      //# for p in 0..P
      let ix_${p} = 2u * (ox + ${p}u) + s;
      let x_${p} = select(
        vec4f(0),
        x[(row + min(ix_${p}, params.w - 1u)) * params.cin4 + c],
        ix_${p} < params.w,
      );
      //# end
      let line = (s * params.cin4 + c) * 4u;
      //# for q in 0..Q
      {
        let column = min(co + ${q}u, params.c4 - 1u);
        //# for j in 0..4
        let w_${j} = tables[(line + ${j}u) * params.c4 + column];
        //# end
        //# for p in 0..P
        acc_${p}_${q} += x_${p}.x * w_0 + x_${p}.y * w_1 + x_${p}.z * w_2 + x_${p}.w * w_3;
        //# end
      }
      //# end
    }
  }

  let base = ((b * params.oh + oy) * params.ow + ox) * params.c4 + co;
  //# for p in 0..P
  //# for q in 0..Q
  if (ox + ${p}u < params.ow && co + ${q}u < params.c4) {
    y[base + ${p}u * params.c4 + ${q}u] = acc_${p}_${q};
  }
  //# end
  //# end
}
