/** Fields that frame, route, authorise or say what the content is: dropped from trailers (RFC 9110 §6.5.1). */
const NOT_THERE =
  /^(?:authorization|connection|content-(?:encoding|length|range|type)|cookie|expect|forwarded|host|keep-alive|proxy-(?:authorization|connection)|set-cookie|te|trailer|transfer-encoding|upgrade|x-forwarded-.*)$/i;

/** Whether a trailer of that name is passed on; CGI takes an underscore for a hyphen, and so does what is dropped. */
export function goesOnAsTrailer([name]: readonly [name: string, value: string]): boolean {
  return !NOT_THERE.test(name.replaceAll('_', '-'));
}
