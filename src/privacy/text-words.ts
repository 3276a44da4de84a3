/**
 * Words that are no name, though they stand capitalised after a title, a label or a modality ("DR CHEST PA",
 * "Read by: Radiology", "MR SPINE"). Only for names that the header does not know: a name that it knows is
 * removed whatever it means.
 */
export const NO_NAME: ReadonlySet<string> = new Set(
  (
    'a abdomen abdominal abnormal acute addendum after agreed aligned all also an and angiography ankle anterior ' +
    'ap apex apical are arm as at atelectasis axial back basal base before bilateral bone brain breast bronchial ' +
    'but by c-spine calcified called cardiac cardiomegaly catheter cervical chest chronic clavicle clear clinical ' +
    'comparison compared comparision complete confirmed consolidation contacted contrast costophrenic cranial ct ' +
    'cxr data date department diaphragm did discussed effusion elbow electronically emergency enlarged erect exam ' +
    'examination extremity facial female femur final findings finger focal follow foot for forearm frontal from ' +
    'granuloma hand has he head heart hemidiaphragm her hila hilar hip his history humerus image images imaging ' +
    'impression in increased indication informed infiltrate interstitial interval is it knee lateral lat left leg ' +
    'lesion lingula lobe lower lumbar lung lungs lying male mass mediastinal mediastinum mid middle mild moderate ' +
    'mri na neck new no node nodule none normal not notes notified nodes of on opacity or osseous pa pacemaker ' +
    'paged patient pelvis pending persistent pleura pleural pneumonia pneumothorax portable posterior previous ' +
    'prior procedure protocol pulmonary radiograph radiology ray read recommend recommended rectal report reported ' +
    'requested result reviewed rib ribs right routine said scan see seen series severe she shoulder signed since ' +
    'single skeleton skull small soft spine stable sternum stomach study supine technique the there thoracic ' +
    'thorax tibia tissue to toe trachea transcribed tube two unchanged unit unknown unremarkable upper upright ' +
    'using vascular verified view views wall was were with without wrist x-ray xray yes'
  ).split(' '),
);
