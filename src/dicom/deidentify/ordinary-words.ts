/**
 * Words that stand in coded values and in the names of makers, and that are names of people too. There they say nothing
 * of a patient of that name; any other word of a name does.
 */
import { NO_NAME } from '../../privacy/text-words.js';

const WORDS = `
  abdo abdominal academy active additional adult agfa amount analog anode applied archive arms asia attenuated aurora
  auto automatic axil axial baby back barco base bath bear bell belt best beta biopsy blank blue body bone bones bottom
  brand branch bright brown bucky bull burn calculated cancer canon carestream case cassette cathode center central
  chapman chin china circle circular clean clear clinic cloud code coil cold color colour column common completed
  computed condor cone confirm constant control corrected coin cross cubic curve daily data default delft del depth
  derived dental design detail detector digital direct display distance dose double drr dual duke dunlee edge edit
  electron emission energy english entire esaote even exam exit expo exposure eyes face fast field filter film fine
  first fischer fisher fixed flat fluoro flux focus force frame free front fuji fujifilm full general german gold grand
  graphic gray great green grey grid group half hands hard head healthcare heavy helical high hill hips hold holder
  hologic home honey horizontal hospital hybrid identity imaging imagine imix indirect infant inner input instrument
  international inverse iodine items jaws joint kodak konica large laser last late lead leaf lens level light limb
  linear lines list little local localizer location long lorad loss lossless lossy love lower lumber lung luck
  lunar main manual mark marker mask master match matrix mean medical medium metal miller minolta mobile model mode
  modified monochrome mono moon most motion multi native natural needle neck negative neutral next nice nodules noise
  none normal north offset open optical options orange order original other outer output oval page paint pair
  palette panel parallel park part partial patch path pause peak pediatric perfect personal phase philips phillips
  phosphor photo picker pixel place plain planar plane planmed plate point polar pole port portrait positive post
  power presentation primary prime print processing product profile progressive prone protocol pure quality quick
  radial radio range raster rate ready real recombined record rectangle rectangular recumbent reduced reference region
  regular removed rest result rice ring rock root rose rotate rough round royal sagittal same sample samsung scaled
  scan scanner scatter scout screen season second sector select semi senographe sequence series service sharp shift
  shimadzu short siemens sigmoid sign silver simple single sizes skull slab slim slot small smart smooth soft solid
  sony south space special spectrum speed spine split spot square stack stand standard standing star start static
  steel step stereo stone stop storage storm straight strong sub subtraction super supine surface swissray system table
  tall target technique teeth test thick thin third thorax tilt time tomo tool top torso toshiba total tower trace
  trained transverse tree true trunk trust tube tungsten turn type ultra unit units upright user valley value varian
  vector venue verified vertical very vidar view villa villages visual vivid volume volumetric wall ward warm waves
  weight west white whole wide width will window wing winter wire wood work world worn yellow young zero zone
`;
const words = new Set(WORDS.trim().split(/\s+/));

/** @param word folded */
export function isOrdinaryWord(word: string): boolean {
  return words.has(word) || NO_NAME.has(word);
}
