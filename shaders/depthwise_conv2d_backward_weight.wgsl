// Weight gradient of a depthwise convolution: one thread sums all K x K taps of 4 channels over one
// of `splits` ranges of output rows; the K x K window slides along the row.
// Formula: partial[split,ky,kx,c] = Σ_{rows of split, ox} x[…,oy*S+ky-before_y,ox*S+kx-before_x,c]
//          * dy[…,oy,ox,c].
// Shapes: x [n,h,w,c4] vec4, dy [n,oh,ow,c4] vec4, partial [splits,K,K,c4] vec4.
// Grid: one thread for each (split, c4); workgroups of 8.
// Template: K kernel side, S stride.
// Reference: engine/reference/depthwise_conv2d.ts (backward)

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 8u + lane;
  if (index >= params.splits * params.c4) {
    return;
  }
  let c = index % params.c4;
  let split = index / params.c4;
  let first = split * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.n * params.oh);
  let last = i32(params.w) - 1;

  //# for k in 0..K*K
  var acc_${k} = vec4f(0);
  //# end
  for (var r = first; r < end; r++) {
    let top = i32((r % params.oh) * ${S}u) - params.before_y;
    let image = (r / params.oh) * params.h;
    //# for ky in 0..K
    let inside_${ky} = top + ${ky} >= 0 && top + ${ky} < i32(params.h);
    let row_${ky} = (image + u32(clamp(top + ${ky}, 0, i32(params.h) - 1))) * params.w;
    //# for kx in 0..K
    var x_${ky}_${kx} = vec4f(0);
    //# end
    //# end
    //# if S == 1
    //# for kx in 0..K-1
    {
      let ix = ${kx} - params.before_x;
      if (ix >= 0 && ix <= last) {
        //# for ky in 0..K
        x_${ky}_${kx} = select(vec4f(0), x[(row_${ky} + u32(ix)) * params.c4 + c], inside_${ky});
        //# end
      }
    }
    //# end
    //# end
    for (var ox = 0u; ox < params.ow; ox++) {
      //# for kx in (K-1)*(S==1)..K
      {
        let ix = i32(ox * ${S}u) + ${kx} - params.before_x;
        let column = u32(clamp(ix, 0, last));
        let inside = ix >= 0 && ix <= last;
        //# for ky in 0..K
        x_${ky}_${kx} = select(
          vec4f(0),
          x[(row_${ky} + column) * params.c4 + c],
          inside && inside_${ky},
        );
        //# end
      }
      //# end
      let g = dy[(r * params.ow + ox) * params.c4 + c];
      //# for ky in 0..K
      //# for kx in 0..K
      acc_${ky * K + kx} += x_${ky}_${kx} * g;
      //# end
      //# end
      //# if S == 1
      //# for ky in 0..K
      //# for kx in 0..K-1
      x_${ky}_${kx} = x_${ky}_${kx + 1};
      //# end
      //# end
      //# end
    }
  }
  //# for k in 0..K*K
  partial[(split * ${K * K}u + ${k}u) * params.c4 + c] = acc_${k};
  //# end
}
