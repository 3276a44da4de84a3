/**
 * Words that stand in coded values and in the names of makers, and that are names of people too. There they say nothing
 * of a patient of that name; any other word of a name does.
 */
import { NO_NAME } from '../../privacy/text-words.js';

const WORDS = `
  abdo abdominal academy active additional adrenal adult agfa amount analog ankle anode anonymized anonymous aorta
  appendix applied archive arms artery asia attenuated aurora auto automatic axial axil baby back barco base bath
  bear bell belt best beta biopsy bladder blank blood blue body bone bones bottom bowel brain branch brand bright
  bronchus brown bucky bull burn calcaneus calculated calf cancer canon carestream carotid case cassette cathode
  center central cervix chapman cheek chin china circle circular clavicle clean clear clinic cloud coccyx code coil
  coin cold colon color colour column common completed composite computed condor cone confirm constant container
  contains context control cord cornea coronary corrected cranium cross cspine cubic curve daily data date default
  del delft dental department depth derived design detail detector digital direct disc display distance doctor dose
  double drr dual duke dunlee edge edit elbow electron embryo emergency emission energy english entire esaote
  esophagus even exam exit expo exposure extremity eyelid eyes face family fast feet femur fetus fibula field film
  filter fine finger fingers first fischer fisher fixed flat fluoro flux focus foot force forearm frame free front
  fuji fujifilm full gallbladder general german given gold grand graphic gray great green grey grid group hair half
  hand hands hard has head healthcare heart heavy heel helical high hill hips hold holder hologic home honey
  horizontal hospital humerus hybrid identity image imagine imaging imix include indirect infant inner input
  institution instrument international inverse iodine iris items jaw jaws joint kidney knee kodak konica large
  larynx laser last late lead leaf legs lens level light limb linear lines list little liver local localizer
  location long lorad loss lossless lossy love lower lspine luck lumber lunar lung lungs lymph macula main mamma
  mammo mandible manual mark marker mask master match matrix maxilla mean medical medium metal miller minolta mobile
  mode model modified molar mono monochrome moon most motion multi muscle nail name names native natural neck needle
  negative nerve neutral next nice node nodes nodules noise none normal north nose number numeric nurse obs observer
  oesophagus offset open operator optical options orange orbit order organization original other outer output oval
  ovary page paint pair palate palette palm pancreas panel parallel park parotid part partial patch patella path
  patient pause peak pediatric pelvis penis perfect person personal phantom pharynx phase philips phillips phosphor
  photo physician picker pixel place placenta plain planar plane planmed plate point polar pole port portrait
  positive post power presentation primary prime print processing product profile progressive prone prostate
  protocol pure quality quick radial radio radiologist radiology range raster rate ready real recombined record
  recording rectangle rectangular rectum recumbent reduced reference region regular removed report rest result
  retina ribs rice ring rock root rose rotate rough round royal sacrum sagittal same sample samsung scaled scalp
  scan scanner scapula scatter scoord scout screen scrotum season second sector select semi senographe sequence
  series service sharp shift shimadzu short shoulder siemens sigmoid sign silver simple single sinus sizes skin
  skull slab slim slot small smart smooth soft sole solid sony south space special spectrum speed spine spleen split
  spot square sspine stack stand standard standing star start static steel step stereo sternum stomach stone stop
  storage storm straight strong sub subject subtraction super supine surface swissray system table tall target
  technician technique technologist teeth temporal test testis text thick thigh thin third thorax thumb thyroid
  tibia tilt time tissue toes tomo tongue tool tooth top torso toshiba total tower trace trachea trained transverse
  tree true trunk trust tspine tube tungsten turn type uidref ultra unit units unknown upper upright user uterus
  vagina valley value varian vector vein venue verified vertical very vessel vidar view villa villages visual vivid
  volume volumetric wall ward warm waveform waves weight west white whole wholebody wide width will window wing
  winter wire wood work world worn wrist yellow young zero zone
`;
const words = new Set(WORDS.trim().split(/\s+/));

/** @param word folded */
export function isOrdinaryWord(word: string): boolean {
  return words.has(word) || NO_NAME.has(word);
}
